interface TestedNode {
  readonly name: string;
  readonly path: string;
}

export declare function testedNodes(): readonly TestedNode[];

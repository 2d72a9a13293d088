// Contains the texts of messages about live findings, identical for every receiver.

export const ALERT_WORDS = {
  severity: 'Severity',
  rule: 'Rule',
  host: 'Host',
  tool: 'Tool',
  result: 'Result',
  confidence: 'Confidence',
  first: 'First',
  last: 'Last',
  id: 'Finding',
  note: 'A finding is evidence about a machine, not about a person. It comes from names and sizes of encrypted connections; contents were not read.',
  test: 'test message: this receiver works; it is about no finding',
} as const;

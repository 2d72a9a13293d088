// Shows a report in an isolated frame.

/**
 * A document without an origin: if a text of a capture ever became markup, it could access neither the page around the
 * frame nor its storage. A shadow tree is part of that page and is not isolated.
 */
export class ReportFrame {
  readonly #place: Element;
  #address: string | null = null;

  constructor(place: Element) {
    this.#place = place;
  }

  show(html: Blob, title: string): void {
    this.clear();
    this.#address = URL.createObjectURL(html);
    const frame = document.createElement('iframe');
    frame.title = title;
    frame.setAttribute('sandbox', 'allow-scripts allow-downloads allow-modals');
    frame.src = this.#address;
    this.#place.replaceChildren(frame);
  }

  clear(): void {
    this.#place.replaceChildren();
    if (this.#address !== null) URL.revokeObjectURL(this.#address);
    this.#address = null;
  }
}

// Defines the refusal of a request: a status, the reason, and the next step.

export type RefusalStatus = 400 | 401 | 403 | 404 | 405 | 413 | 421 | 429 | 500 | 503;

export class PageError extends Error {
  readonly status: RefusalStatus;
  readonly next: string | null;

  constructor(status: RefusalStatus, message: string, next: string | null = null) {
    super(message);
    this.name = 'PageError';
    this.status = status;
    this.next = next;
  }
}

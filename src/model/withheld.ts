// Why figures of a use are withheld.

/** Above this share of missing bytes, estimates are withheld. */
export const MAX_LOSS = 0.05;

/** Why requests are withheld of a tool that was seen without any. */
export const NO_REQUEST_SEEN =
  'no model request was seen; one that went through a gateway or a relay would not show here';

/** Why requests are withheld of rows of logs. */
export const NO_REQUESTS_IN_LOGS = 'a log has one row for each connection, and none for requests';

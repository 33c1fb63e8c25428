/** An answer that says no: `code` is stable, the message says what is wrong. */
export class ApiProblem extends Error {
  readonly status: 400 | 404 | 405 | 503;
  readonly code: string;
  constructor(status: 400 | 404 | 405 | 503, code: string, message: string) {
    super(message);
    this.name = "ApiProblem";
    this.status = status;
    this.code = code;
  }
}

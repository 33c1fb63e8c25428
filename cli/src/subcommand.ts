/** One subcommand of `banksman`: how it is listed, its full help, and what runs it. `run` resolves to the exit code. */
export type Subcommand = {
  name: string;
  summary: string;
  help: string;
  run: (args: string[]) => Promise<number>;
};

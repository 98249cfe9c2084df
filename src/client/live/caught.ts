// What a component threw and a boundary of the app's caught: React tells the console of it, and nobody else.

/** What React writes to the console, with the error. */
const CAUGHT = "error boundary you provided";

/** Hears of such errors from now on. The script is on the devtools' ignore list, so they show who called the console. */
export function hearCaught(console: Pick<Console, "error">, caught: (error: Error) => void): void {
  const native = console.error;
  console.error = (...args: unknown[]) => {
    native.apply(console, args);
    const error = args.find((arg) => arg instanceof Error);
    if (error && args.some((arg) => typeof arg === "string" && arg.includes(CAUGHT))) caught(error);
  };
}

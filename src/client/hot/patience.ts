// How long an update waits for modules that await at their top level.

/** Once there is something newer to apply, in milliseconds. */
const PATIENCE = 1000;

let impatient: (() => void) | undefined;
let queued = 0;

/** An update is asked for: whoever waits should come to an end. */
export function queueUp(): void {
  queued++;
  impatient?.();
}

/** It has its turn. */
export const next = (): void => void queued--;

/** Resolves to whether `work` was done: unless there is `hurry`, it is waited for as long as nothing newer is there. */
export async function patience(work: Promise<unknown>, hurry = false): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const given = new Promise<boolean>((resolve) => {
    impatient = () => (timer ??= setTimeout(() => resolve(false), PATIENCE));
  });
  if (hurry || queued) impatient?.();
  const done = await Promise.race([work.then(() => true), given]);
  clearTimeout(timer);
  impatient = undefined;
  return done;
}

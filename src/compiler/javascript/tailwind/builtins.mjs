// How modules that are built in are given to configurations.

/** Data of Tailwind's that all apps share: nobody may change it. */
export function frozen(data) {
  const stack = [data];
  while (stack.length) {
    const value = stack.pop();
    if (typeof value !== "object" || value === null || Object.isFrozen(value)) continue;
    Object.freeze(value);
    for (const { value: child } of Object.values(Object.getOwnPropertyDescriptors(value))) stack.push(child);
  }
  return { default: data };
}

/** A function that is also its own `default`, as both ways of importing it expect. */
export function named(call) {
  const same = (...values) => call(...values);
  for (const name of Object.keys(call)) same[name] = call[name];
  same.default = same;
  return { default: same };
}

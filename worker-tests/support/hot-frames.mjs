// What every animation frame of a page showed: of styles, while they were swapped.

/** Looks at computed values in every frame from now on; `allowed` is selector → property → values. */
export const watched = (page, allowed) =>
  page.evaluate((allowed) => {
    const strange = new Set();
    const see = () => {
      for (const [selector, properties] of Object.entries(allowed)) {
        const element = document.querySelector(selector);
        for (const [name, values] of Object.entries(properties)) {
          const value = element ? getComputedStyle(element)[name] : "not there";
          if (!values.includes(value)) strange.add(`${selector} ${name} ${value}`);
        }
      }
    };
    // Before what the frame draws is decided, and right after it was drawn.
    const { port1, port2 } = new MessageChannel();
    port2.onmessage = see;
    const frame = () => {
      see();
      port1.postMessage(null);
      window.__frames.next = requestAnimationFrame(frame);
    };
    window.__frames = { strange, next: requestAnimationFrame(frame) };
    return new Promise(requestAnimationFrame);
  }, allowed);

/** What was seen that was not allowed; looks no longer. */
export const sampled = (page) =>
  page.evaluate(async () => {
    await new Promise(requestAnimationFrame);
    cancelAnimationFrame(window.__frames.next);
    return [...window.__frames.strange];
  });

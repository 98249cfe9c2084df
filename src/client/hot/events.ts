// The events of `import.meta.hot.on`.

export type Listener = (payload: any) => unknown;

const listeners = new Map<string, Set<Listener>>();

export const events = {
  on(event: string, listener: Listener): void {
    const known = listeners.get(event);
    if (known) known.add(listener);
    else listeners.set(event, new Set([listener]));
  },
  off(event: string, listener: Listener): void {
    listeners.get(event)?.delete(listener);
  },
  /** Resolves when all listeners are through; what they throw stops nothing. */
  async emit(event: string, payload?: unknown): Promise<void> {
    await Promise.all(
      [...(listeners.get(event) ?? [])].map(async (listener) => {
        try {
          await listener(payload);
        } catch (error) {
          console.error(error);
        }
      }),
    );
  },
};

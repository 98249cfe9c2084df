// What the client needs of the browser. Tests bring their own.

/** Calls off what was asked for. */
export type Cancel = () => void;

export interface Clock {
  /** Milliseconds. */
  now(): number;
  after(ms: number, run: () => void): Cancel;
}

/** The part of a `WebSocket` that is used. */
export interface Socket {
  readonly readyState: number;
  readonly protocol: string;
  onopen: ((event: never) => unknown) | null;
  onmessage: ((event: never) => unknown) | null;
  onerror: ((event: never) => unknown) | null;
  onclose: ((event: never) => unknown) | null;
  send(text: string): void;
  close(): void;
}

export interface World {
  clock: Clock;
  /** From 0 up to 1. */
  random(): number;
  connect(url: string, protocols: string[]): Socket;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** The origin of the preview. */
  origin: string;
  visible(): boolean;
  online(): boolean;
  /** Of this tab; throws where it is forbidden. */
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  /** Whether the page came by a reload. */
  reloaded: boolean;
  reload(): void;
  log: Log;
}

export type Log = Record<"debug" | "info" | "warn" | "error", (...args: unknown[]) => void>;

/** Waits on a clock. */
export const sleep = (clock: Clock, ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve));

/** The browser's own. */
export function browser(): World {
  // Kept from the start: apps put others in their place, for tests and for demonstrations.
  const { debug, info, warn, error } = console;
  const { setTimeout, clearTimeout, WebSocket } = globalThis;
  const say = (method: (...args: unknown[]) => void) => (...args: unknown[]) => {
    const [first, ...rest] = args;
    method.call(console, `[overskill] ${String(first)}`, ...rest);
  };
  const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  const fetch = globalThis.fetch.bind(globalThis);
  return {
    clock: {
      now: () => performance.now() + performance.timeOrigin,
      after: (ms, run) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
    },
    random: Math.random,
    connect: (url, protocols) => new WebSocket(url, protocols),
    fetch,
    origin: location.origin,
    visible: () => document.visibilityState !== "hidden",
    online: () => navigator.onLine,
    // Behind a function each, because reading `sessionStorage` is what throws.
    storage: {
      getItem: (key) => sessionStorage.getItem(key),
      setItem: (key, value) => sessionStorage.setItem(key, value),
      removeItem: (key) => sessionStorage.removeItem(key),
    },
    reloaded: navigation?.type === "reload",
    reload: () => location.reload(),
    log: { debug: say(debug), info: say(info), warn: say(warn), error: say(error) },
  };
}

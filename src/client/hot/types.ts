// `import.meta.hot`, as the author of a module sees it.

/** A module's namespace. */
export type Namespace = Record<string, any>;

export interface Update {
  type: "js-update" | "css-update";
  /** Who takes the update. */
  path: string;
  /** What runs anew: `path` itself, or what it imports. */
  acceptedPath: string;
  timestamp: number;
  isWithinCircularImport?: boolean;
  firstInvalidatedBy?: string;
}

/** The client's own events with what their listeners are given. */
export interface HotEvents {
  "vite:beforeUpdate": { type: "update"; updates: Update[] };
  "vite:afterUpdate": { type: "update"; updates: Update[] };
  "vite:beforePrune": { type: "prune"; paths: string[] };
  "vite:beforeFullReload": { type: "full-reload"; path: string; triggeredBy?: string };
  "vite:error": { type: "error"; err: { message: string; stack: string; [more: string]: unknown } };
  "vite:invalidate": { path: string; message: string | undefined; firstInvalidatedBy: string };
  "vite:ws:connect": { webSocket: WebSocket };
  "vite:ws:disconnect": { webSocket: WebSocket };
}

export type Payload<Event extends string> = Event extends keyof HotEvents ? HotEvents[Event] : any;

export interface Hot {
  /** Kept from one instance of the module to the next, until nothing imports it any more. */
  readonly data: any;
  accept(): void;
  accept(callback: (module: Namespace | undefined) => void): void;
  accept(dependency: string, callback?: (module: Namespace | undefined) => void): void;
  accept(dependencies: readonly string[], callback?: (modules: (Namespace | undefined)[]) => void): void;
  /** Accepts for those importers that import nothing else. */
  acceptExports(names: string | readonly string[], callback?: (module: Namespace | undefined) => void): void;
  /** Before a new instance takes over, or none does. The last callback counts. */
  dispose(callback: (data: any) => unknown): void;
  /** When nothing imports the module any more. */
  prune(callback: (data: any) => unknown): void;
  /** Does nothing, as in Vite. */
  decline(): void;
  /** Passes the update on to the importers. */
  invalidate(message?: string): void;
  on<Event extends keyof HotEvents | (string & {})>(event: Event, callback: (payload: Payload<Event>) => void): void;
  off<Event extends keyof HotEvents | (string & {})>(event: Event, callback: (payload: Payload<Event>) => void): void;
  send(event: string, data?: unknown): void;
}

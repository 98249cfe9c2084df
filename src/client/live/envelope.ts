// What servers send: envelopes, and how one is told from noise.

export type Kind = "component-update" | "css-update" | "full-reload" | "build-error" | "build-ok" | "custom";

export interface Diagnostic {
  code: string;
  severity: "error" | "warning" | "info";
  message: string;
  path?: string | null;
  line?: number | null;
  column?: number | null;
  frame?: string | null;
  hint?: string | null;
}

export interface Envelope {
  v: number;
  epoch: string;
  seq: number;
  /** The newest update before it that changed what runs. */
  base: number;
  kind: Kind;
  paths: string[];
  url?: string;
  code?: string;
  reason?: string;
  diagnostics?: Diagnostic[];
  event?: string;
  data?: unknown;
}

/** The last that the server told everyone of, as its answer to a ping says it. */
export type Head = Pick<Envelope, "seq" | "kind">;

/** The answer of `/__overskill/sync`. */
export interface Sync {
  epoch: string;
  seq: number;
  envelopes: Envelope[];
}

/** An envelope that can be worked with, or `undefined`. What is optional may be missing or null. */
export function readEnvelope(message: unknown): Envelope | undefined {
  if (typeof message !== "object" || message === null) return undefined;
  const { v, epoch, seq, base, kind, paths } = message as Partial<Envelope>;
  if (!Number.isInteger(v) || typeof epoch !== "string" || !Number.isInteger(seq) || typeof kind !== "string") return undefined;
  return {
    ...(message as Envelope),
    base: Number.isInteger(base) ? base! : seq! - 1,
    paths: Array.isArray(paths) ? paths.filter((path) => typeof path === "string") : [],
  };
}

export const isUpdate = ({ kind }: Envelope): boolean => kind === "component-update" || kind === "css-update";

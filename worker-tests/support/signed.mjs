// Links to private apps, as a Rails app mints them with `ActiveSupport::MessageVerifier`.
import { createHmac } from "node:crypto";

/** A token as Rails 7.1 and later writes it, or 7.0 and before. */
export function signed({ app, seconds = 60, purpose = "overskill-preview", key, digest = "sha256", old = false }) {
  const exp = new Date(Date.now() + seconds * 1000).toISOString();
  const payload = { app };
  const message = old ? { message: Buffer.from(JSON.stringify(payload)).toString("base64") } : { data: payload };
  const text = Buffer.from(JSON.stringify({ _rails: { ...message, exp, pur: purpose } })).toString("base64");
  return `${text}--${createHmac(digest, key).update(text).digest("hex")}`;
}

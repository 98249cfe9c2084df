// Zips as `actions/upload-artifact` writes them: deflated, each entry's sizes behind it, since it is written as a stream.
import { crc32, deflateRawSync } from "node:zlib";

const number = (bytes, value) => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntLE(value, 0, bytes);
  return buffer;
};

/** A zip of these entries, name → bytes or `{bytes, mode}`. */
export function zipped(entries) {
  const [parts, directory] = [[], []];
  let at = 0;
  for (const [name, entry] of entries) {
    const { bytes, mode = 0o100644 } = Buffer.isBuffer(entry) ? { bytes: entry } : entry;
    const deflated = deflateRawSync(bytes);
    const title = Buffer.from(name);
    // Version 2.0, sizes behind, names in UTF-8, deflated, the first of January 1980.
    const shared = Buffer.concat([number(2, 20), number(2, 0x0808), number(2, 8), number(2, 0), number(2, 0x21)]);
    const sums = Buffer.concat([number(4, crc32(bytes)), number(4, deflated.length), number(4, bytes.length)]);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), shared, Buffer.alloc(12), number(2, title.length), number(2, 0), title, deflated, Buffer.from("PK\x07\x08"), sums]);
    directory.push(Buffer.concat([
      Buffer.from("PK\x01\x02"), Buffer.from([20, 3]), shared, sums, number(2, title.length), Buffer.alloc(8), number(4, mode * 65536), number(4, at), title,
    ]));
    parts.push(local);
    at += local.length;
  }
  const listed = Buffer.concat(directory);
  const count = number(2, directory.length);
  const end = Buffer.concat([Buffer.from("PK\x05\x06"), number(4, 0), count, count, number(4, listed.length), number(4, at), number(2, 0)]);
  return Buffer.concat([...parts, listed, end]);
}

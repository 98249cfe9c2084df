// tar archives as a test needs them, good and bad: ustar headers written field by field.

/** One PAX record. */
export function pax(key, value) {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (`${length}${rest}`.length !== length) length = `${length}${rest}`.length;
  return `${length}${rest}`;
}

/**
 * Packs entries `{name, text?, type?, link?}`; types are ustar's: "0" file, "2" symlink, "3" device, "5" folder. `size`
 * and `sum` stand in a header in place of the true ones.
 */
export function tar(entries) {
  const blocks = [];
  for (const { name, text = "", type = "0", link = "", size, sum } of entries) {
    const content = Buffer.from(text);
    const header = Buffer.alloc(512);
    const [prefix, rest] = split(name);
    header.write(rest, 0);
    header.write(prefix, 345);
    header.write("0000644\0", 100);
    Buffer.from(size ?? content.length.toString(8).padStart(11, "0")).copy(header, 124);
    header.write("        ", 148);
    header.write(type, 156);
    header.write(link, 157);
    header.write("ustar\x0000", 257);
    const total = sum ?? header.reduce((all, byte) => all + byte, 0);
    header.write(`${total.toString(8).padStart(6, "0")}\0 `, 148);
    blocks.push(header, content, Buffer.alloc((512 - (content.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** A long name is split at a slash: what ustar calls prefix and name. */
function split(name) {
  if (Buffer.byteLength(name) <= 100) return ["", name];
  const slash = name.indexOf("/", name.length - 101);
  return [name.slice(0, slash), name.slice(slash + 1)];
}

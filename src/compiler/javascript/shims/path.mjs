// Node's `path`, POSIX, as far as the libraries here use it. The working directory is the root, which is the app's.

/** The parts of a path, `.` and `..` resolved; `..` stops at the root of an absolute path. */
function normalized(path) {
  const rooted = path.startsWith("/");
  const parts = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.length && parts.at(-1) !== "..") parts.pop();
    else if (!rooted) parts.push(part);
  }
  return (rooted ? "/" : "") + parts.join("/");
}

export const sep = "/";
export const isAbsolute = (path) => path.startsWith("/");
export const normalize = (path) => normalized(path) || ".";
export const join = (...paths) => normalize(paths.filter(Boolean).join("/"));

export function resolve(...paths) {
  let whole = "";
  for (const path of ["/", ...paths]) whole = isAbsolute(path) ? path : `${whole}/${path}`;
  return normalized(whole) || "/";
}

export function dirname(path) {
  const at = path.lastIndexOf("/");
  return at > 0 ? path.slice(0, at) : at === 0 ? "/" : ".";
}

export function basename(path, suffix = "") {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return suffix && name.endsWith(suffix) && name !== suffix ? name.slice(0, -suffix.length) : name;
}

export function extname(path) {
  const name = basename(path);
  const at = name.lastIndexOf(".");
  return at > 0 ? name.slice(at) : "";
}

export function relative(from, to) {
  const [left, right] = [resolve(from), resolve(to)].map((path) => path.split("/").filter(Boolean));
  let same = 0;
  while (same < left.length && left[same] === right[same]) same++;
  return [...left.slice(same).map(() => ".."), ...right.slice(same)].join("/");
}

const path = { sep, isAbsolute, normalize, join, resolve, dirname, basename, extname, relative };
export const posix = path;
export default { ...path, posix };

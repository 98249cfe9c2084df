// A repository of the local GitHub: a bare Git repository on disk, written by the git program, and its pull requests and
// runs of workflows.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { Actions } from "./github-actions.mjs";

/** An answer: a status, and what is sent as JSON. */
export const answer = (status, body) => ({ status, body });
export const refused = (status, message) => answer(status, { message, documentation_url: "about:blank" });

const HAND = { name: "Somebody", email: "somebody@example.org", date: "2026-01-01T00:00:00Z" };

export class Repository {
  pulls = [];
  actions = new Actions(this);
  /** Whether the default branch takes no commits but by pull requests. */
  guarded = false;

  constructor(folder, about) {
    Object.assign(this, { folder, about, defaultBranch: "main" });
    this.git(["init", "--quiet", "--bare", "--initial-branch=main", folder], { bare: false });
  }

  /** Runs git; its output without the last line's end, or `undefined` where it fails and may. */
  git(args, { input, env = {}, may = false, bare = true, raw = false } = {}) {
    const settings = { ...process.env, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null", ...env };
    const ran = spawnSync("git", bare ? ["--git-dir", this.folder, ...args] : args, { input, env: settings, maxBuffer: 1 << 28 });
    if (ran.status !== 0) {
      if (may) return undefined;
      throw new Error(`git ${args.join(" ")}: ${ran.stderr}`);
    }
    return raw ? ran.stdout : ran.stdout.toString().replace(/\n$/, "");
  }

  has(sha, kind) {
    return typeof sha === "string" && this.git(["cat-file", "-t", sha], { may: true }) === kind;
  }

  head(branch) {
    return this.git(["rev-parse", "--verify", "--quiet", `refs/heads/${branch}`], { may: true });
  }

  get branches() {
    return this.git(["for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads"]).split("\n").filter(Boolean);
  }

  /** The subjects of a branch's commits, the newest first. */
  subjects(branch = "main") {
    return this.head(branch) ? this.git(["log", "--first-parent", "--format=%s", branch]).split("\n") : [];
  }

  message(branch = "main") {
    return this.git(["log", "-1", "--format=%B", branch]);
  }

  /** A clone's files, path → bytes. */
  clone(branch = "main") {
    const folder = mkdtempSync(join(tmpdir(), "overskill-clone-"));
    try {
      this.git(["clone", "--quiet", "--branch", branch, this.folder, folder], { bare: false });
      this.git(["-C", folder, "fsck", "--strict"], { bare: false });
      const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      const paths = entries.map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)));
      return new Map(paths.filter((path) => !path.startsWith(".git/")).sort().map((path) => [path, readFileSync(join(folder, path))]));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  blob(bytes) {
    return this.git(["hash-object", "-w", "--stdin"], { input: bytes });
  }

  /** A tree of these entries on top of another; `undefined` where git refuses it. */
  tree(entries, base) {
    const folder = mkdtempSync(join(tmpdir(), "overskill-index-"));
    const env = { GIT_INDEX_FILE: join(folder, "index") };
    try {
      if (base) this.git(["read-tree", base], { env });
      const lines = entries.map(({ path, mode = "100644", sha }) => `${sha ? mode : 0} ${sha ?? "0".repeat(40)}\t${path}\0`);
      if (this.git(["update-index", "-z", "--index-info"], { input: lines.join(""), env, may: true }) === undefined) return undefined;
      return this.git(["write-tree"], { env, may: true });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  commit(tree, parents, message, author = HAND, committer = author) {
    const env = {
      GIT_AUTHOR_NAME: author.name, GIT_AUTHOR_EMAIL: author.email, GIT_AUTHOR_DATE: author.date ?? new Date().toISOString(),
      GIT_COMMITTER_NAME: committer.name, GIT_COMMITTER_EMAIL: committer.email, GIT_COMMITTER_DATE: committer.date ?? new Date().toISOString(),
    };
    return this.git(["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent])], { input: message, env });
  }

  /** Somebody commits to a branch: path → text, `null` deletes. */
  byHand(files, message = "By hand", branch = "main") {
    const parent = this.head(branch);
    const entries = Object.entries(files).map(([path, text]) => ({ path, sha: text === null ? undefined : this.blob(text) }));
    const tree = this.tree(entries, parent);
    const commit = this.commit(tree, parent ? [parent] : [], message);
    this.git(["update-ref", `refs/heads/${branch}`, commit]);
    return commit;
  }

  /** Somebody merges a pull request, as the button does. */
  merge(number) {
    const pull = this.pulls[number - 1];
    const [ours, theirs] = [this.head(pull.base), this.head(pull.head)];
    const tree = this.git(["merge-tree", "--write-tree", ours, theirs]);
    this.git(["update-ref", `refs/heads/${pull.base}`, this.commit(tree, [ours, theirs], `Merge pull request #${number}`)]);
    Object.assign(pull, { state: "closed", merged: true });
  }

  /** Its runs of workflows. */
  get runs() {
    return this.actions.runs;
  }

  shown() {
    const { name, description, isPrivate, site } = this.about;
    return { name, description, private: isPrivate, html_url: site, default_branch: this.defaultBranch };
  }

  answer(method, parts, query, body) {
    const [area, ...rest] = parts;
    const call = `${method} ${parts.slice(0, 2).join("/")}`;
    if (method === "GET" && area === undefined) return answer(200, this.shown());
    if (call === "GET branches") return answer(200, this.branches.map((name) => ({ name })));
    if (method === "PUT" && area === "contents") return this.#put(rest.join("/"), body);
    if (area === "pulls") return this.#onPulls(method, rest, query, body);
    if (area === "actions") return this.actions.answer(method, rest, query, body);
    if (method === "GET" && area === "compare") return this.#compare(rest.join("/"));
    if (area === "git" && this.branches.length === 0) return refused(409, "Git Repository is empty.");
    const name = rest.slice(2).join("/");
    switch (call) {
      case "GET git/ref": return this.#ref(name);
      case "GET git/commits": return this.#commit(rest[1]);
      case "GET git/trees": return this.#listed(rest[1]);
      case "POST git/blobs": return answer(201, { sha: this.blob(Buffer.from(body.content, body.encoding === "base64" ? "base64" : "utf8")) });
      case "POST git/trees": return this.#makeTree(body);
      case "POST git/commits": return this.#makeCommit(body);
      case "POST git/refs": return this.#makeRef(body);
      case "DELETE git/refs": return this.#dropRef(name);
      case "PATCH git/refs": return this.#moveRef(name, body);
      default: return refused(404, "Not Found");
    }
  }

  #ref(branch) {
    const sha = this.head(branch);
    return sha ? answer(200, { ref: `refs/heads/${branch}`, object: { type: "commit", sha } }) : refused(404, "Not Found");
  }

  #commit(sha) {
    if (!this.has(sha, "commit")) return refused(404, "Not Found");
    const [tree, parents] = this.git(["show", "-s", "--format=%T%n%P", sha]).split("\n");
    return answer(200, { sha, tree: { sha: tree }, parents: parents.split(" ").filter(Boolean).map((parent) => ({ sha: parent })) });
  }

  #listed(sha) {
    if (!this.has(sha, "tree")) return refused(404, "Not Found");
    const lines = this.git(["ls-tree", "-r", "-t", "-z", sha]).split("\0").filter(Boolean);
    const tree = lines.map((line) => {
      const [, mode, type, name, path] = /^(\d+) (\w+) (\w+)\t(.*)$/s.exec(line);
      return { path, mode, type, sha: name };
    });
    return answer(200, { sha, tree, truncated: false });
  }

  #makeTree({ tree, base_tree: base }) {
    const entries = tree.map(({ content, ...entry }) => (content === undefined ? entry : { ...entry, sha: this.blob(content) }));
    if (entries.some(({ sha }) => sha && !this.has(sha, "blob"))) return refused(422, "tree.sha is not a valid blob");
    const sha = this.tree(entries, base);
    return sha ? answer(201, { sha }) : refused(422, "tree contains a malformed path component");
  }

  #makeCommit({ message, tree, parents, author, committer }) {
    if (!this.has(tree, "tree")) return refused(422, "Tree SHA does not exist");
    if (!parents.every((parent) => this.has(parent, "commit"))) return refused(422, "Parent SHA does not exist or is not a commit object");
    return answer(201, { sha: this.commit(tree, parents, message, author, committer) });
  }

  #makeRef({ ref, sha }) {
    const branch = /^refs\/heads\/(.+)$/.exec(ref)?.[1];
    if (!branch || !this.has(sha, "commit")) return refused(422, "Object does not exist");
    if (this.head(branch)) return refused(422, "Reference already exists");
    this.git(["update-ref", ref, sha]);
    return answer(201, { ref, object: { sha } });
  }

  #dropRef(name) {
    if (!this.head(name)) return refused(422, "Reference does not exist");
    this.git(["update-ref", "-d", `refs/heads/${name}`]);
    return answer(204);
  }

  #moveRef(name, { sha, force }) {
    const at = this.head(name);
    if (!at) return refused(422, "Reference does not exist");
    if (this.guarded && name === this.defaultBranch) return refused(422, "Changes must be made through a pull request.");
    if (!this.has(sha, "commit")) return refused(422, "Object does not exist");
    const forward = this.git(["merge-base", "--is-ancestor", at, sha], { may: true }) !== undefined;
    if (!forward && !force) return refused(422, "Update is not a fast forward");
    this.git(["update-ref", `refs/heads/${name}`, sha]);
    return answer(200, { ref: `refs/heads/${name}`, object: { sha } });
  }

  #put(path, { message, content, branch = this.defaultBranch, author, committer }) {
    const parent = this.head(branch);
    if (!parent && this.branches.length > 0) return refused(404, `Branch ${branch} not found`);
    if (parent && this.git(["cat-file", "-e", `${parent}:${path}`], { may: true }) !== undefined) return refused(422, 'Invalid request.\n\n"sha" wasn\'t supplied.');
    const tree = this.tree([{ path, sha: this.blob(Buffer.from(content, "base64")) }], parent);
    const commit = this.commit(tree, parent ? [parent] : [], message, author, committer);
    this.git(["update-ref", `refs/heads/${branch}`, commit]);
    return answer(201, { commit: { sha: commit } });
  }

  #compare(range) {
    const [base, head] = range.split("...");
    if (!this.has(base, "commit") || !this.has(head, "commit")) return refused(404, "Not Found");
    const [behind, ahead] = this.git(["rev-list", "--left-right", "--count", `${base}...${head}`]).split("\t").map(Number);
    const status = behind ? (ahead ? "diverged" : "behind") : ahead ? "ahead" : "identical";
    return answer(200, { status, ahead_by: ahead, behind_by: behind });
  }

  #onPulls(method, [number], query, body) {
    const pull = number && this.pulls[Number(number) - 1];
    if (number && !pull) return refused(404, "Not Found");
    if (method === "GET") {
      if (pull) return answer(200, pull);
      const [head, base, state] = ["head", "base", "state"].map((name) => query.get(name));
      return answer(200, this.pulls.filter((one) => `acme:${one.head}` === head && one.base === base && one.state === state));
    }
    if (method === "PATCH") return answer(200, Object.assign(pull, body));
    const { title, body: text, head, base } = body;
    if (!this.head(head) || !this.head(base)) return refused(422, "Validation Failed");
    if (this.pulls.some((one) => one.state === "open" && one.head === head && one.base === base)) return refused(422, `A pull request already exists for acme:${head}.`);
    if (this.git(["rev-list", "--count", `${base}..${head}`]) === "0") return refused(422, `No commits between ${base} and ${head}`);
    const made = { number: this.pulls.length + 1, title, body: text, head, base, state: "open", merged: false };
    made.html_url = `${this.about.site}/pull/${made.number}`;
    this.pulls.push(made);
    return answer(201, made);
  }
}

// GitHub's Actions of a repository of the local GitHub: runs of workflows by the REST API, each step of which is done for
// real in a checkout of the commit, and what they put out, as zips that are kept elsewhere.
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
import { root } from "../../scripts/run.mjs";
import { answer, refused } from "./github-repository.mjs";
import { zipped } from "./zip.mjs";

// The validator of the OpenAPI tests brings a reader of YAML.
const { parse } = createRequire(createRequire(import.meta.url).resolve("@seriousme/openapi-schema-validator"))("yaml");

/** The files below a folder, path → bytes. */
function read(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort();
  return new Map(paths.map((path) => [path, readFileSync(join(folder, path))]));
}

/** What a step has written into one of the runner's files: `name=value` lines, and values between delimiters. */
function written(path) {
  const [values, lines] = [{}, readFileSync(path, "utf8").split("\n")];
  for (let at = 0; at < lines.length; at++) {
    const long = /^([^=]+?)<<(.+)$/.exec(lines[at]);
    if (long) {
      const end = lines.indexOf(long[2], at + 1);
      values[long[1]] = lines.slice(at + 1, end).join("\n");
      at = end;
    } else if (lines[at]) {
      const [name, ...rest] = lines[at].split("=");
      values[name] = rest.join("=");
    }
  }
  return values;
}

export class Actions {
  runs = [];
  artifacts = [];
  /** Whether runs are done for real; else they are queued until somebody ends them. */
  real = false;
  /** What is put out in place of what was built, path → bytes or `{bytes, mode}`. */
  instead;

  constructor(repository) {
    this.repository = repository;
  }

  /** The runs that haven't ended, do. */
  finish(conclusion) {
    for (const run of this.runs.filter(({ status }) => status !== "completed")) this.#end(run, conclusion);
  }

  /** Stops what runs. */
  async stop() {
    this.finish("cancelled");
    await Promise.all(this.runs.map(({ done }) => done));
  }

  #end(run, conclusion) {
    if (run.status === "completed") return;
    Object.assign(run, { status: "completed", conclusion });
    run.stop.abort();
  }

  /** A run as the API shows it. */
  #shown({ stop, done, steps, ...run }) {
    return run;
  }

  answer(method, [area, id, what], query, body) {
    if (area === "artifacts") return this.#download(this.artifacts[Number(id) - 1], what);
    if (area === "runs") {
      const run = this.runs[Number(id) - 1];
      if (!run) return refused(404, "Not Found");
      if (method === "POST" && what === "cancel") return this.#cancel(run);
      if (what === "jobs") return answer(200, { total_count: 1, jobs: [{ id: run.id, run_id: run.id, name: "build", steps: run.steps }] });
      if (what === "artifacts") return this.#list(run, query);
      return answer(200, this.#shown(run));
    }
    const file = this.repository.git(["show", `${this.repository.defaultBranch}:.github/workflows/${id}`], { may: true });
    if (area !== "workflows" || !file) return refused(404, "Not Found");
    if (method === "GET") {
      const branch = query.get("branch");
      const runs = this.runs.filter((run) => branch === null || run.head_branch === branch).reverse();
      return answer(200, { total_count: runs.length, workflow_runs: runs.map((run) => this.#shown(run)) });
    }
    return what === "dispatches" ? this.#dispatch(id, body) : refused(404, "Not Found");
  }

  /** Runs the workflow as it is on the branch that is named; that the default one has it is what makes it known. */
  #dispatch(name, { ref, inputs = {} }) {
    const sha = this.repository.head(ref);
    if (!sha) return refused(422, `No ref found for: ${ref}`);
    const workflow = parse(this.repository.git(["show", `${sha}:.github/workflows/${name}`]));
    if (!workflow.on?.workflow_dispatch) return refused(422, "Workflow does not have 'workflow_dispatch' trigger");
    const known = workflow.on.workflow_dispatch.inputs ?? {};
    const foreign = Object.keys(inputs).filter((input) => !(input in known));
    if (foreign.length) return refused(422, `Unexpected inputs provided: ${JSON.stringify(foreign)}`);
    if (Object.values(inputs).some((input) => typeof input !== "string")) return refused(422, "Provided value for input is not a string");
    const given = Object.fromEntries(Object.entries(known).map(([input, { default: value = "" }]) => [input, inputs[input] ?? value]));
    const run = {
      id: this.runs.length + 1, event: "workflow_dispatch", path: `.github/workflows/${name}`, head_branch: ref, head_sha: sha,
      status: "queued", conclusion: null, display_title: this.#filled(workflow["run-name"], { inputs: given }),
    };
    run.html_url = `${this.repository.about.site}/actions/runs/${run.id}`;
    Object.assign(run, { stop: new AbortController(), steps: [] });
    this.runs.push(run);
    run.done = this.real ? this.#run(run, workflow, given) : Promise.resolve();
    return answer(204);
  }

  #cancel(run) {
    if (run.status === "completed") return refused(409, "Cannot cancel a workflow run that is completed.");
    this.#end(run, "cancelled");
    return answer(202, {});
  }

  #list(run, query) {
    const name = query.get("name");
    const own = this.artifacts.filter((artifact) => artifact.run === run && (name === null || artifact.name === name));
    const shown = own.map(({ id, name, zip }) => ({
      id, name, size_in_bytes: zip.length, expired: false, digest: `sha256:${createHash("sha256").update(zip).digest("hex")}`,
      workflow_run: { id: run.id, head_branch: run.head_branch, head_sha: run.head_sha },
    }));
    return answer(200, { total_count: shown.length, artifacts: shown });
  }

  #download(artifact, format) {
    if (!artifact || format !== "zip") return refused(404, "Not Found");
    return { status: 302, headers: { location: this.repository.about.store(artifact.zip) } };
  }

  /** A text with its expressions filled in. */
  #filled(text, values) {
    return String(text).replace(/\$\{\{\s*([\w.-]+)\s*\}\}/g, (_, path) => path.split(".").reduce((value, name) => value?.[name], values) ?? "");
  }

  async #run(run, workflow, inputs) {
    const folder = mkdtempSync(join(tmpdir(), "overskill-runner-"));
    const place = { work: join(folder, "work"), temp: join(folder, "temp"), env: {}, steps: {}, inputs };
    const stopped = new Promise((done) => run.stop.signal.addEventListener("abort", done, { once: true }));
    try {
      mkdirSync(place.temp, { recursive: true });
      await Promise.race([this.repository.about.waits.queued, stopped]);
      if (run.status === "completed") return;
      run.status = "in_progress";
      await Promise.race([this.repository.about.waits.in_progress, stopped]);
      const [job] = Object.values(workflow.jobs);
      for (const step of job.steps) {
        if (run.status === "completed") return;
        const good = await this.#step(run, step, place);
        run.steps.push({ name: step.name ?? step.uses, number: run.steps.length + 1, status: "completed", conclusion: good ? "success" : "failure" });
        if (!good) return void this.#end(run, "failure");
      }
      this.#end(run, "success");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Does one step; whether it went well. */
  async #step(run, { id, uses, run: script, with: settings = {}, env = {} }, place) {
    const filled = (text) => this.#filled(text, { inputs: place.inputs, steps: place.steps });
    const known = uses?.split("@")[0];
    if (known === "actions/checkout") {
      this.repository.git(["clone", "--quiet", "--no-checkout", this.repository.folder, place.work], { bare: false });
      this.repository.git(["-C", place.work, "checkout", "--quiet", run.head_sha], { bare: false });
      return true;
    }
    if (known === "actions/setup-node") return true;
    if (known === "actions/upload-artifact") {
      const path = join(place.work, filled(settings.path));
      const files = existsSync(path) ? read(path) : new Map();
      const shown = [...files].filter(([path]) => settings["include-hidden-files"] || !/(^|\/)\./.test(path));
      if (shown.length === 0) return settings["if-no-files-found"] !== "error";
      const zip = zipped(this.instead ?? shown);
      this.artifacts.push({ id: this.artifacts.length + 1, run, name: filled(settings.name), files, zip });
      return true;
    }
    if (script === undefined) throw new Error(`there is no ${uses} here`);
    const [environment, output] = ["env", "output"].map((name) => join(place.temp, `${name}-${randomBytes(4).toString("hex")}`));
    for (const path of [environment, output]) writeFileSync(path, "");
    const own = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, filled(value)]));
    const child = spawn("bash", ["-e", "-c", filled(script)], {
      cwd: place.work,
      stdio: "ignore",
      detached: true,
      env: {
        PATH: [join(root, "node_modules/.bin"), process.env.PATH].join(delimiter), HOME: place.temp, RUNNER_TEMP: place.temp, CI: "true",
        ...place.env, ...own, GITHUB_ENV: environment, GITHUB_OUTPUT: output,
      },
    });
    const kill = () => child.exitCode === null && process.kill(-child.pid, "SIGKILL");
    run.stop.signal.addEventListener("abort", kill, { once: true });
    const code = await new Promise((done) => child.once("exit", done));
    run.stop.signal.removeEventListener("abort", kill);
    Object.assign(place.env, written(environment));
    if (id) place.steps[id] = { outputs: written(output) };
    return code === 0;
  }
}

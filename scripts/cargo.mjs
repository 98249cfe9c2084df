// Cargo: what it needs of the machine, the tools built by it, and the wasm32 target, from rustup or from Debian.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Stop, root, run, tools, which, works } from "./run.mjs";

const TARGET = "wasm32-unknown-unknown";
/** The oldest compiler that the code is known to build with. */
const OLDEST = [1, 95];
/** Where Debian's toolchain keeps the target's libraries. */
const DEBIAN_LIBRARIES = `/usr/lib/rustlib/${TARGET}/lib`;
const RUSTUP = "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh";

/** Makes cargo print how many crates of how many are built, though no terminal listens. */
const COUNTED = { CARGO_TERM_PROGRESS_WHEN: "always", CARGO_TERM_PROGRESS_WIDTH: "120" };

/** Runs a program that runs cargo, telling how many crates are built. */
export function counted(command, args, tell, { env, ...options } = {}) {
  const progress = (text) => {
    const found = [...text.matchAll(/(\d+)\/(\d+)(?:: ([\w-]+))?/g)].at(-1);
    if (found) tell(`(${found[1]} of ${found[2]}${found[3] ? `, ${found[3]}` : ""})`);
  };
  return run(command, args, { ...options, env: { ...COUNTED, ...env }, progress });
}

/** Rust, and the linker that it calls. */
export const rust = {
  name: "rust",
  done: async () => {
    const version = await run("rustc", ["--version"]).catch(() => {
      throw new Stop(`Rust is missing. Install it: ${RUSTUP}`);
    });
    const [, major, minor] = /rustc (\d+)\.(\d+)/.exec(version).map(Number);
    if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
      throw new Stop(`Rust ${OLDEST.join(".")} or newer is needed, this is ${major}.${minor}. Update it: rustup update stable`);
    }
    if (!(await works("cc", ["--version"]))) {
      const command = process.platform === "darwin" ? "xcode-select --install" : "apt-get install -y build-essential";
      throw new Stop(`A C compiler is missing. Install it: ${command}`);
    }
    return true;
  },
};

async function rustupHasTarget() {
  const installed = await run("rustup", ["target", "list", "--installed"]).catch(() => "");
  return installed.split("\n").includes(TARGET);
}

function debianHasTarget() {
  return existsSync(DEBIAN_LIBRARIES) && readdirSync(DEBIAN_LIBRARIES).some((name) => /^libstd-.*\.rlib$/.test(name));
}

/** Options for `run` of whatever builds for wasm32: the toolchain that has the target stands first on PATH. */
export async function wasmOptions() {
  if ((await rustupHasTarget()) || !debianHasTarget()) return {};
  return { first: [join(root, "node_modules/.bin"), "/usr/bin"], env: { RUSTC: "/usr/bin/rustc" } };
}

export const wasmTarget = {
  name: "wasm32 target",
  needs: [rust],
  done: async () => (await rustupHasTarget()) || debianHasTarget(),
  run: async (tell) => {
    if (await works("rustup", ["target", "add", TARGET])) return;
    if (!which("apt-get")) {
      throw new Stop(`The target ${TARGET} is missing and rustup can't fetch it. Install it: rustup target add ${TARGET}`);
    }
    await debianTarget(tell);
  },
};

/** Runs apt-get as root, by sudo where need be. */
export function apt(...args) {
  const [command, ...rest] = process.getuid() === 0 ? ["apt-get"] : ["sudo", "-n", "apt-get"];
  return run(command, [...rest, ...args], { env: { DEBIAN_FRONTEND: "noninteractive" } });
}

function privileged(command, args) {
  return process.getuid() === 0 ? run(command, args) : run("sudo", ["-n", command, ...args]);
}

/** Debian's toolchain, its standard library built for wasm32 once and put where the compiler looks for it. */
export async function debianTarget(tell) {
  tell("(Debian's toolchain)");
  await apt("update");
  await apt("install", "-y", "--no-install-recommends", "rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy");
  const about = await run("/usr/bin/rustc", ["-vV"]);
  const [, host] = /host: (\S+)/.exec(about);
  const [, llvm] = /LLVM version: (\d+)/.exec(about);
  await apt("install", "-y", "--no-install-recommends", `lld-${llvm}`);
  tell("(the standard library)");
  const folder = mkdtempSync(join(tmpdir(), "overskill-std-"));
  try {
    mkdirSync(join(folder, "src"));
    writeFileSync(join(folder, "Cargo.toml"), '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n');
    writeFileSync(join(folder, "src/lib.rs"), "#![no_std]\n");
    const args = ["build", "--release", "--target", TARGET, "-Zbuild-std=std,panic_abort,panic_unwind"];
    const env = { RUSTC_BOOTSTRAP: "1", RUSTC: "/usr/bin/rustc", CARGO_TARGET_DIR: join(folder, "target") };
    const linker = `/usr/lib/rustlib/${host}/bin/rust-lld`;
    await privileged("mkdir", ["-p", DEBIAN_LIBRARIES, `/usr/lib/rustlib/${host}/bin`]);
    await privileged("ln", ["-sf", `/usr/bin/lld-${llvm}`, linker]);
    await run("/usr/bin/cargo", args, { cwd: folder, env });
    const built = join(folder, "target", TARGET, "release/deps");
    const libraries = readdirSync(built).filter((name) => /^lib.*\.rlib$/.test(name) && !name.startsWith("libempty-"));
    await privileged("cp", [...libraries.map((name) => join(built, name)), DEBIAN_LIBRARIES]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The version of a crate in Cargo.lock. */
export function locked(crate) {
  const lock = readFileSync(join(root, "Cargo.lock"), "utf8");
  const [, version] = new RegExp(`name = "${crate}"\nversion = "([^"]+)"`).exec(lock);
  return version;
}

/** A program that cargo builds once for all clones, and where it then is. */
function tool(crate, name, version) {
  const folder = join(tools, `${name}-${version}`);
  const path = join(folder, "bin", name);
  return {
    name: `${name} ${version}`,
    needs: [rust],
    path,
    done: () => existsSync(path),
    run: (tell) => counted("cargo", ["install", crate, "--version", version, "--root", folder], tell),
  };
}

export const workerBuild = tool("worker-build", "worker-build", "0.8.7");
export const wasmBindgen = tool("wasm-bindgen-cli", "wasm-bindgen", locked("wasm-bindgen"));

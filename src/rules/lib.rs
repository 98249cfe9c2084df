//! The repository's own rules, as tests: who may know whom, and what every file looks like. There is nothing else here.

#[cfg(test)]
mod layering;
#[cfg(test)]
mod sources;

/// The repository's root.
#[cfg(test)]
fn root() -> std::path::PathBuf {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("the crate is two folders below the root")
        .to_owned()
}

/// What a program prints when it is run in the root.
#[cfg(test)]
fn output(program: &str, arguments: &[&str]) -> Vec<u8> {
    let output = std::process::Command::new(program)
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("the program is installed");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program} {arguments:?}: {errors}");
    output.stdout
}

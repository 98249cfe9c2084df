// WebAssembly by URL.

/** What browsers may give a module by themselves. */
const options = { builtins: ["js-string"], importedStringConstants: "wasm:js/string-constants" };

type Instantiated = Promise<WebAssembly.WebAssemblyInstantiatedSource>;

/** The instance of the binary at `url`. */
export async function instantiate(url: string, imports: WebAssembly.Imports = {}): Promise<WebAssembly.Instance> {
  const response = await fetch(url);
  const typed = response.headers.get("content-type")?.startsWith("application/wasm");
  // The options are newer than the types.
  const given = [imports, options] as unknown as [WebAssembly.Imports];
  const made: Instantiated = typed
    ? WebAssembly.instantiateStreaming(response, ...given)
    : WebAssembly.instantiate(await response.arrayBuffer(), ...given);
  return (await made).instance;
}

//! The few functions that chunks need, each where it is needed.

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Helper {
    /// Getters → a namespace object.
    Namespace,
    /// A namespace object, more of what it gives.
    Star,
    /// A CommonJS wrapper → a function that gives its exports.
    CommonJs,
    /// What CommonJS exports → its default export.
    Default,
    /// What CommonJS exports → a namespace object; with `1` for a Node importer.
    Foreign,
    /// A namespace object and a module → a function that evaluates it and gives what `require` gives.
    Lazy,
    /// `require` of what is not there.
    NoRequire,
    /// Loads what a chunk needs before it.
    Preload,
    /// Instantiates WebAssembly.
    Wasm,
    /// Files by path → the `import()` of one of them.
    Pick,
    /// Files by path, the importer, what it asks for, `import` → what that is: found as Vite finds it when it runs.
    Find,
}

/// Its source, a function that gets the name `name`.
pub(crate) fn source(helper: Helper) -> (&'static str, &'static str) {
    match helper {
        Helper::Namespace => (
            "(e,t={__proto__:null})",
            "{for(let n in e)Object.defineProperty(t,n,{get:e[n],enumerable:!0});return Object.defineProperty(t,Symbol.toStringTag,{value:\"Module\",configurable:!0})}",
        ),
        Helper::Star => (
            "(e,t)",
            "{for(let n of Object.getOwnPropertyNames(Object(t)))n===\"default\"||n===\"__esModule\"||n in e||Object.defineProperty(e,n,{get:()=>t[n],enumerable:!0})}",
        ),
        Helper::CommonJs => (
            "(e,t)",
            "{return()=>(t||e.call((t={exports:{}}).exports,t.exports,t,r=>{throw Error(\"Cannot find module '\"+r+\"'\")}),t.exports)}",
        ),
        Helper::Default => ("(e)", "{return e&&e.__esModule?e.default:e}"),
        Helper::Foreign => (
            "(e,t)",
            "{let n={__proto__:null},r=Object(e);for(let o of[...new Set([\"default\",...Object.getOwnPropertyNames(r)])].sort())o===\"__esModule\"||typeof e==\"function\"&&/^(length|name|prototype|arguments|caller)$/.test(o)||Object.defineProperty(n,o,{get:o===\"default\"?()=>t||!r.__esModule?e:e.default:()=>e[o],enumerable:!0});return Object.defineProperty(n,Symbol.toStringTag,{value:\"Module\"})}",
        ),
        Helper::Lazy => (
            "(e,t,n)",
            "{return()=>{if(!n){n={};Object.defineProperty(n,\"__esModule\",{value:!0,enumerable:!0});t();for(let r in e)Object.defineProperty(n,r,{get:()=>e[r],enumerable:!0})}return n}}",
        ),
        Helper::NoRequire => ("(e)", "{throw Error(\"Cannot find module '\"+e+\"'\")}"),
        Helper::Preload => (
            "(e,t)",
            "{return typeof document>\"u\"?e():Promise.all(t.map(n=>{let r=n.endsWith(\".css\");if(document.querySelector(`link[href=\"${n}\"]`))return;let o=document.createElement(\"link\");o.rel=r?\"stylesheet\":\"modulepreload\";r||(o.as=\"script\");o.crossOrigin=\"\";o.href=n;document.head.appendChild(o);if(r)return new Promise((i,s)=>{o.onload=i;o.onerror=()=>s(Error(\"Unable to preload CSS for \"+n))})})).then(e).catch(n=>{let r=new Event(\"vite:preloadError\",{cancelable:!0});r.payload=n;dispatchEvent(r);if(!r.defaultPrevented)throw n})}",
        ),
        Helper::Wasm => (
            "(e,t={})",
            "{return fetch(e).then(n=>(n.headers.get(\"content-type\")||\"\").startsWith(\"application/wasm\")?WebAssembly.instantiateStreaming(n,t):n.arrayBuffer().then(r=>WebAssembly.instantiate(r,t))).then(n=>n.instance)}",
        ),
        Helper::Find => (
            "(e,t,n,r)",
            "{let o=String(n);if(!/^(\\.\\.?(\\/|$)|\\/(?!\\/))/.test(o))return r(o);let i=o.replace(/[?#].*/s,\"\"),s=i[0]===\"/\"?[]:t.split(\"/\").slice(0,-1);for(let l of i.split(\"/\"))l===\"..\"?s.pop():l&&l!==\".\"&&s.push(l);s=\"/\"+s.filter(l=>l).join(\"/\");let a=[\".mjs\",\".js\",\".mts\",\".ts\",\".jsx\",\".tsx\",\".json\"],c=s.replace(/\\.([mc]?)js(x?)$/,\".$1ts$2\");for(let l of[s,c,c+\"x\",...a.map(u=>s+u),...a.map(u=>s+\"/index\"+u)])if(e[l])return e[l]();throw Error(`Cannot find module '${o}' that ${t} imports: a path that is computed leads to modules of the same folder and below it`)}",
        ),
        Helper::Pick => (
            "(e,t,n)",
            "{let r=e[t];return r?r():Promise.reject(Error(\"Unknown variable dynamic import: \"+t+(t.split(\"/\").length===n?\"\":\". Note that variables only represent file names one level deep.\")))}",
        ),
    }
}

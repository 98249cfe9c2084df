// What libraries import for Node only, and never call here.
export default {};

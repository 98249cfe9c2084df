// Variables, definitions, public files, JSON, globs, and files by address or as text.
export default [
  ["opens", async (page) => {
    await page.getByText("Closed for cleaning.").waitFor();
    await page.getByText('"./notices/second.ts":"Second"}', { exact: false }).last().waitFor();
  }],
  ["imports what a variable names", async (page) => {
    await page.getByRole("button", { name: "Deutsch" }).click();
    await page.getByText("Aushang", { exact: true }).waitFor();
  }],
  ["and fails when there is none", async (page) => {
    await page.getByRole("button", { name: "Unknown" }).click();
    await page.getByText("./languages/xx.ts").waitFor();
  }],
];

// Aliases in every form, paths of tsconfig by inheritance, a workspace package, imports of package.json.
export default [
  ["opens", (page) => page.getByRole("heading", { name: "1,200 t harvest browser" }).waitFor()],
  ["fills", async (page) => {
    await page.getByRole("button", { name: "Fill" }).click();
    await page.getByText("Wheat 2").waitFor();
  }],
];

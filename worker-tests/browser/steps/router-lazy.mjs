// Routes that load when they are visited, parameters, loaders, and errors that the nearest boundary shows.
const to = (name) => (page) => page.getByRole("link", { name, exact: true }).click();
const heading = (page, name) => page.getByRole("heading", { name }).waitFor();

export default [
  ["opens", (page) => heading(page, "Trail guide")],
  ["opens a lazy route by a query", async (page) => {
    await to("Shortest first")(page);
    await heading(page, "Trails");
  }],
  ["sorts by the query", async (page) => {
    await page.getByRole("button", { name: "Sort by name" }).click();
    await page.getByRole("button", { name: "Sort by length" }).waitFor();
  }],
  ["searches by a form", async (page) => {
    await page.getByLabel("Find").fill("the");
    await page.getByRole("button", { name: "Find" }).click();
    await page.getByText("Ridge walk").waitFor({ state: "detached" });
  }],
  ["opens a route with parameters", async (page) => {
    await to("Through the gorge")(page);
    await heading(page, "Through the gorge");
    await to("Stops")(page);
    await page.getByText("Mill").waitFor();
  }],
  ["goes back", async (page) => {
    await page.getByRole("button", { name: "Go back" }).click();
    await page.getByText("9.2 km in all.").waitFor();
  }],
  ["shows an error that is thrown while rendering", async (page) => {
    await to("Broken")(page);
    await page.getByText("1 on the bridge").waitFor();
    await page.getByRole("button", { name: "Step on" }).click();
    await page.getByRole("button", { name: "Step on" }).click();
    await page.getByText("The bridge broke under 3 hikers").waitFor();
  }],
  ["recovers", async (page) => {
    await to("Back to the hut")(page);
    await heading(page, "Trail guide");
  }],
  ["opens a deep address, with an error of its loader", async (page) => {
    await page.goto(new URL("/trails/nowhere", page.url()).href);
    await page.getByText("404 No trail named nowhere").waitFor();
  }],
  ["opens an unknown address", async (page) => {
    await page.goto(new URL("/no/such/page", page.url()).href);
    await heading(page, "Nothing at no/such/page");
  }],
];

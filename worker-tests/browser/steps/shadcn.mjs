// Every component of shadcn/ui, opened, closed, typed into and pointed at.
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
const to = async (page, name, first) => {
  await page.getByRole("link", { name, exact: true }).click();
  await page.getByText(first).first().waitFor();
};
const gone = (page, role) => page.waitForFunction((role) => !document.querySelector(`[role=${role}]`), role);
/** What shows while the pointer is over it and would come and go with chance. */
const away = (page) => page.mouse.move(1190, 890, { steps: 8 });

export default [
  ["opens", (page) => page.getByRole("heading", { name: "Every tool in its place" }).waitFor()],
  ["folds and turns", async (page) => {
    await press(page, "default");
    await press(page, "Wood");
    await page.getByText("Oak, ash and beech.").waitFor();
    await press(page, "More about it");
    await page.getByText("A place for everything.").waitFor();
    await press(page, "Next slide");
    await away(page);
  }],
  ["changes tabs", async (page) => {
    await page.getByRole("tab", { name: "Outside" }).click();
    await page.locator(".animate-pulse.w-1\\/3").waitFor();
  }],
  ["turns the lights off", async (page) => {
    await press(page, "Lights off");
    await page.locator("html.dark").waitFor();
    await away(page);
  }],
  ["shows forms", (page) => to(page, "Forms", "Written on the label.")],
  ["refuses an empty form", async (page) => {
    await press(page, "Print label");
    await page.getByText("Owner must be at least 2 characters.").waitFor();
  }],
  ["selects", async (page) => {
    await page.getByRole("combobox", { name: "Shelf" }).click();
    await page.getByRole("option", { name: "Lower" }).waitFor();
  }],
  ["prints a label", async (page) => {
    await page.getByRole("option", { name: "Lower" }).click();
    await page.getByLabel("Owner").fill("Grace");
    await press(page, "Print label");
    await page.getByText("Grace on lower", { exact: true }).waitFor();
  }],
  ["picks a date", async (page) => {
    await press(page, "March 14th, 2025");
    await page.getByRole("button", { name: "Friday, March 21st, 2025" }).click();
    await page.getByRole("button", { name: "March 21st, 2025", exact: true }).waitFor();
    await page.keyboard.press("Escape");
    await gone(page, "dialog");
  }],
  ["sets what can be set", async (page) => {
    await page.getByLabel("Fragile").click();
    await page.getByLabel("Locked").click();
    await page.getByLabel("large").click();
    await page.getByRole("slider").focus();
    await page.keyboard.press("ArrowRight");
    await page.getByLabel("Underline").click();
    await page.getByLabel("Bold").click();
    await page.getByLabel("Code").fill("123");
    await page.getByLabel("Fragile").focus();
    await away(page);
  }],
  ["shows overlays", (page) => to(page, "Overlays", "Open dialog")],
  ["opens a dialog", async (page) => {
    await press(page, "Open dialog");
    await page.getByRole("dialog").waitFor();
  }],
  ["asks", async (page) => {
    await press(page, "Keep it");
    await gone(page, "dialog");
    await press(page, "Throw away");
    await page.getByRole("alertdialog").waitFor();
  }],
  ["is answered", async (page) => {
    await press(page, "Yes");
    await page.getByText("Answer: yes").waitFor();
    await gone(page, "alertdialog");
  }],
  ["slides a sheet in", async (page) => {
    await press(page, "Sheet left");
    await page.getByText("From the left").waitFor();
  }],
  ["and out, and pulls a drawer", async (page) => {
    await press(page, "Fold it");
    await gone(page, "dialog");
    await press(page, "Pull drawer");
    await page.getByText("Sorted by size.").waitFor();
  }],
  ["finds a command", async (page) => {
    await press(page, "Push it in");
    await gone(page, "dialog");
    await press(page, "Commands");
    await page.getByPlaceholder("Type a command").fill("chi");
    await page.getByRole("option", { name: "Hammer" }).waitFor({ state: "detached" });
  }],
  ["toasts", async (page) => {
    await page.keyboard.press("Escape");
    await gone(page, "dialog");
    await press(page, "Sonner");
    await page.getByText("Not a speck left.").waitFor();
    await press(page, "Toast");
    await page.getByText("Glue it.", { exact: true }).waitFor();
    await away(page);
  }],
  ["hints", async (page) => {
    await page.getByRole("button", { name: "Hinted" }).hover();
    await page.getByRole("tooltip").waitFor();
  }],
  ["shows a card for what is hovered", async (page) => {
    await away(page);
    await gone(page, "tooltip");
    await page.getByRole("button", { name: "@carpenter" }).hover();
    await page.getByText("Makes tables since 1998.").waitFor();
  }],
  ["shows menus", async (page) => {
    await away(page);
    await to(page, "Menus", "gridded in cm, page 1");
  }],
  ["opens a menu bar", async (page) => {
    await page.getByRole("menuitem", { name: "File" }).click();
    await page.getByRole("menuitemradio", { name: "Inches" }).click();
    await page.getByText("gridded in in").waitFor();
    await gone(page, "menu");
  }],
  ["opens a menu within a menu", async (page) => {
    await press(page, "View");
    await page.getByRole("menuitem", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "From above" }).waitFor();
  }],
  ["checks an item", async (page) => {
    await page.getByRole("menuitemcheckbox", { name: "Grid" }).click();
    await page.getByText("plain in in").waitFor();
    await gone(page, "menu");
  }],
  ["opens a context menu", async (page) => {
    await page.getByText("Right click here").click({ button: "right" });
    await page.getByText("Workpiece").waitFor();
  }],
  ["navigates", async (page) => {
    await page.keyboard.press("Escape");
    await gone(page, "menu");
    await press(page, "Benches");
    await page.getByText("The lathe").waitFor();
  }],
  ["turns pages", async (page) => {
    await page.keyboard.press("Escape");
    await page.getByLabel("Go to next page").click();
    await page.getByText("page 2").waitFor();
    await away(page);
  }],
  ["shows data", (page) => to(page, "Data", "What was used up.")],
  ["selects rows", async (page) => {
    await page.getByLabel("March").click();
    await page.locator("tr[data-state=selected]").waitFor();
    await away(page);
  }],
  ["folds the sidebar", async (page) => {
    await press(page, "Toggle Sidebar");
    await page.locator("[data-collapsible=icon]").waitFor();
    await away(page);
  }],
  ["finds nothing", async (page) => {
    await page.goto(new URL("/nowhere", page.url()).href);
    await page.getByRole("heading", { name: "404" }).waitFor();
  }],
];

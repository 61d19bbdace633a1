export default {
  title: "Exported copy",
  url: "https://copy.example",
  baseUrl: "/",
  // The name of the site links to a front page, which these docs have not.
  onBrokenLinks: "ignore",
  plugins: [["@docusaurus/plugin-content-docs", { routeBasePath: "/" }]],
  themes: ["@docusaurus/theme-classic"],
};

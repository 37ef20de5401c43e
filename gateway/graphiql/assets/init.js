// Starts GraphiQL on the page's examples. In a file of its own: the page's policy forbids inline scripts.
(() => {
  "use strict";
  const settings = JSON.parse(document.getElementById("settings").textContent);

  const fetcher = async (params, options) => {
    const response = await fetch("/graphql", {
      method: "POST",
      headers: {
        ...(options && options.headers),
        accept: "application/graphql-response+json, application/json;q=0.9",
        "content-type": "application/json",
      },
      body: JSON.stringify(params),
    });
    return response.json();
  };

  // GraphiQL keeps tabs, with their variables, and a history. Variables may be personal and computers are
  // shared: the browser forgets both when the tab is closed.
  const storage = window.sessionStorage;

  // GraphiQL fills its editors from its initial query and variables, not from the tab it opens on; after a
  // reload it looks for the tab that holds them and opens an empty one if there is none.
  const openTab = () => {
    try {
      const state = JSON.parse(storage.getItem("graphiql:tabState"));
      const { query, variables } = state.tabs[state.activeTabIndex];
      return { query: query ?? "", variables: variables ?? "" };
    } catch {
      return { variables: "" };
    }
  };

  ReactDOM.createRoot(document.getElementById("graphiql")).render(
    React.createElement(GraphiQL, {
      fetcher,
      storage,
      defaultTabs: settings.tabs,
      defaultEditorToolsVisibility: "variables",
      inputValueDeprecation: true,
      schemaDescription: true,
      showPersistHeadersSettings: false,
      ...openTab(),
    }),
  );
})();

// A chat that shows MCP Apps, made of the official client and the official bridge. Tests steer it as `window.chat`.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { AppBridge, PostMessageTransport, RESOURCE_MIME_TYPE, getToolUiResourceUri } from "@modelcontextprotocol/ext-apps/app-bridge";

// What the specification has a host enforce for a page that names no domain.
const POLICY =
  "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "media-src 'self' data:; connect-src 'none'; frame-src 'none'; object-src 'none'; base-uri 'self'";

const PATIENCE = 20_000; // ms: more than the board ever waits before it looks again

const chat = {
  calls: [], // what the board asked for: [tool, arguments]
  refusal: null, // why its calls are refused
  textOnly: false,

  /** Call the tool, and show its board. `context` and `can` are what the host says of itself. */
  async show({ url, tool, given, context = {}, can = { serverTools: {}, updateModelContext: { text: {} } }, cancelled }) {
    this.client = new Client(
      { name: "chat", version: "1" },
      { capabilities: { extensions: { "io.modelcontextprotocol/ui": { mimeTypes: [RESOURCE_MIME_TYPE] } } } },
    );
    await this.client.connect(new StreamableHTTPClientTransport(new URL(url)));
    const { tools } = await this.client.listTools();
    const uri = getToolUiResourceUri(tools.find((one) => one.name === tool));
    const { contents } = await this.client.readResource({ uri });
    this.resource = contents[0];
    const frame = document.createElement("iframe");
    frame.sandbox = "allow-scripts allow-same-origin"; // the same origin only for the test, which looks inside
    document.body.replaceChildren(frame);
    this.bridge = new AppBridge(null, { name: "chat", version: "1" }, can, { hostContext: context });
    this.bridge.onsizechange = ({ height }) => (frame.style.height = `${height + 2}px`);
    this.bridge.oncalltool = (parameters) => this.pass(parameters);
    this.bridge.onupdatemodelcontext = async ({ content }) => ((document.body.dataset.told = content[0].text), {});
    this.bridge.onrequestdisplaymode = async () => ({ mode: "fullscreen" });
    const ready = new Promise((resolve) => (this.bridge.oninitialized = resolve));
    await this.bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));
    frame.srcdoc = this.resource.text.replace("<head>", `<head><meta http-equiv="Content-Security-Policy" content="${POLICY}">`);
    await ready;
    await this.bridge.sendToolInputPartial({ arguments: {} });
    await this.bridge.sendToolInput({ arguments: given });
    if (cancelled) return this.bridge.sendToolCancelled({ reason: cancelled });
    await this.bridge.sendToolResult(this.shorten(await this.client.callTool({ name: tool, arguments: given })));
  },

  async pass(parameters) {
    this.calls.push([parameters.name, parameters.arguments]);
    if (this.refusal) throw new Error(this.refusal);
    return this.shorten(await this.client.callTool(parameters));
  },

  shorten(result) {
    return this.textOnly ? { content: result.content, isError: result.isError } : result;
  },

  get page() {
    return document.querySelector("iframe").contentDocument;
  },

  button(words) {
    return [...this.page.querySelectorAll("button")].find((one) => !one.hidden && one.textContent.startsWith(words));
  },

  /** Press the button with these words, as soon as it is there and nothing else is under way. */
  async press(words) {
    const condition = `chat.button(${JSON.stringify(words)}) && chat.button(${JSON.stringify(words)}).getAttribute("aria-disabled") === null`;
    await this.until(condition);
    const found = this.button(words);
    found.focus();
    found.click();
  },

  /** Until the frame is as high as the board: nothing that an observer could see tells when. */
  settled() {
    const frame = document.querySelector("iframe");
    const isSettled = () => frame.clientHeight === Math.ceil(this.page.body.getBoundingClientRect().height);
    return new Promise((resolve) => {
      const look = () => (isSettled() ? resolve() : requestAnimationFrame(look));
      look();
    });
  },

  /** Until a change of the board makes this true. */
  until(condition) {
    const holds = new Function("page", `return Boolean(${condition})`);
    return new Promise((resolve, reject) => {
      if (holds(this.page)) return resolve();
      const page = this.page;
      const look = () => holds(page) && (stop(), resolve());
      const seen = new MutationObserver(look);
      const patience = setTimeout(() => (stop(), reject(new Error(`not ${condition}, but:\n${page.body.innerText}`))), PATIENCE);
      const stop = () => (seen.disconnect(), clearTimeout(patience), page.removeEventListener("focusin", look));
      seen.observe(page.documentElement, { subtree: true, childList: true, characterData: true, attributes: true });
      page.addEventListener("focusin", look);
    });
  },
};

window.chat = chat;
document.documentElement.dataset.ready = "yes";

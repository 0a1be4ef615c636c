type Attributes = Record<string, string | number | undefined>;

const drawn = new Set(['svg', 'g', 'rect', 'title']);

/** An element with its attributes, those that are undefined left out, and with what is in it. */
export function make(name: string, attributes: Attributes = {}, ...content: (Node | string)[]): Element {
  const element = drawn.has(name)
    ? document.createElementNS('http://www.w3.org/2000/svg', name)
    : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(key, String(value));
  }
  element.append(...content);
  return element;
}

/** An address of the web, and nothing of what else an address can be. */
export function webAddress(text: string | undefined): string | undefined {
  return text && /^https?:\/\//.test(text) ? text : undefined;
}

import type { Manner } from './format.ts';
import type { SportGroup } from './operations.ts';
import { ask } from './gateway.ts';
import css from './widget.css?inline';

// A sheet that is made by a script needs no leave of the site's content security policy, as a style element would.
const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

/**
 * An element that shows what a gateway answers to one document. Until there is an answer, and for good when there is none,
 * it shows what stands inside of it on the page: nothing, a link, whatever the site prefers to an error.
 */
export abstract class Widget<Data> extends HTMLElement {
  readonly #root = this.attachShadow({ mode: 'open' });
  #turn = 0;

  /** The hash of the document. */
  protected abstract readonly document: string;

  /** Its variables, by the element's attributes. */
  protected abstract variables(): object;

  /** What shows the answer; undefined when there is nothing in it to show. */
  protected abstract draw(data: Data): Element | undefined;

  connectedCallback(): void {
    this.#root.adoptedStyleSheets = [sheet];
    void this.#show();
  }

  attributeChangedCallback(): void {
    if (this.isConnected) void this.#show();
  }

  async #show(): Promise<void> {
    const turn = ++this.#turn;
    // Attributes that change together are looked at together.
    await Promise.resolve();
    if (turn !== this.#turn) return;
    let drawn: Element | undefined;
    try {
      const data = await ask<Data>(this.document, this.variables(), this.getAttribute('gateway') ?? undefined);
      drawn = this.draw(data);
    } catch {
      // A site goes on without the widget: it has nothing to say about a gateway that is away.
    }
    if (turn === this.#turn) this.#root.replaceChildren(drawn ?? document.createElement('slot'));
  }

  /** The groups of sports that the attribute `sport` names, apart by blanks or commas; undefined for all sports. */
  protected get sports(): SportGroup[] | undefined {
    const names = this.getAttribute('sport')?.toUpperCase().match(/[A-Z]+/g);
    return (names as SportGroup[] | null) ?? undefined;
  }

  /** A number out of an attribute; undefined for what is none, or not above zero. */
  protected number(name: string): number | undefined {
    const value = Number(this.getAttribute(name));
    return value > 0 && Number.isFinite(value) ? value : undefined;
  }

  /** The page's language, and the units that `units` names, else those of its country. */
  protected get manner(): Manner {
    const language = regional(this.closest<HTMLElement>('[lang]')?.lang);
    const units = this.getAttribute('units');
    return { language, imperial: units ? units === 'imperial' : /-(US|LR|MM)\b/i.test(language) };
  }
}

/** A page in mere English is read in many countries: the reader's own kind of English, if that is what they read. */
function regional(language: string | undefined): string {
  if (!language) return navigator.language;
  return navigator.languages.find((own) => own === language || own.startsWith(`${language}-`)) ?? language;
}

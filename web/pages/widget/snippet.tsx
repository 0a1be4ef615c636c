import { useEffect, useState } from 'preact/hooks';

const confirmedFor = 2000; // Milliseconds.

/** A text to copy, with the button that does. */
export function Snippet({ label, text }: { label: string; text: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), confirmedFor);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <div class="snippet">
      <pre>{text}</pre>
      {/* A page that came by plain http from another machine has no clipboard. */}
      {'clipboard' in navigator && (
        <button type="button" class="quiet" aria-label={`Copy ${label.toLowerCase()}`} onClick={() => void copy()}>
          <span aria-live="polite">{copied ? 'Copied' : 'Copy'}</span>
        </button>
      )}
    </div>
  );
}

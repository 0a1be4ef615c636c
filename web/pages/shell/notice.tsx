import type { ComponentChildren } from 'preact';

interface NoticeProps {
  tone: 'calm' | 'warn' | 'bad';
  title: string;
  children?: ComponentChildren;
}

/** Something to know before the rest of the page. */
export function Notice({ tone, title, children }: NoticeProps) {
  return (
    <div class={`notice ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <strong>{title}</strong> {children}
    </div>
  );
}

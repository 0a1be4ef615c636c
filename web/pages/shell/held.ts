import { useRef } from 'preact/hooks';

/** The last value that there was: what was shown stays while it is asked for anew, and when that fails. */
export function useHeld<Value>(value: Value | undefined): Value | undefined {
  const held = useRef(value);
  if (value !== undefined) held.current = value;
  return held.current;
}

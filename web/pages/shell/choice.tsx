import { useId } from 'preact/hooks';

interface ChoiceProps<Value extends string> {
  /** What is chosen here, for those who don't see it. */
  label: string;
  options: ReadonlyArray<readonly [value: Value, text: string]>;
  value: Value;
  onChange: (value: Value) => void;
}

/** One of a few: a row of radio buttons that looks like one switch. */
export function Choice<Value extends string>({ label, options, value, onChange }: ChoiceProps<Value>) {
  const name = useId();
  return (
    <fieldset class="choice">
      <legend class="unseen">{label}</legend>
      {options.map(([option, text]) => (
        <label key={option}>
          <input type="radio" name={name} checked={option === value} onChange={() => onChange(option)} />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}

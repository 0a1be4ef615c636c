import { useQuery } from '@urql/preact';
import { useState } from 'preact/hooks';

import { GoalsDocument } from '../../api/operations.ts';
import type { ProgressFragment } from '../../api/operations.ts';
import { distance, inWords, percent } from '../format/quantity.ts';
import { useHeld } from '../shell/held.ts';
import { usePreferences, useStored } from '../shell/preferences.ts';
import { groupNames } from '../shell/sport.ts';

import './goals.css';

/** The sports that have a goal, and metres in a year to start from. */
const usual = { ride: 6_000_000, run: 1_500_000, swim: 100_000 };

type GoalGroup = keyof typeof usual;

/** The year's distances against targets, which the browser keeps. */
export function Goals() {
  const [targets, choose] = useStored('goals', usual);
  const [{ data, fetching }] = useQuery({ query: GoalsDocument, variables: targets });
  const goals = useHeld(data);
  const shown = (Object.keys(usual) as GoalGroup[]).flatMap((group) => {
    const progress = goals?.[group]?.goal;
    return progress && (progress.done > 0 || targets[group] !== usual[group]) ? [{ group, progress }] : [];
  });
  return (
    <section class="goals" aria-labelledby="goals" aria-busy={!goals && fetching}>
      <h2 id="goals">Goals of the year</h2>
      {shown.map(({ group, progress }) => (
        <Goal
          key={group}
          group={group}
          progress={progress}
          onChange={(target) => choose({ ...targets, [group]: target })}
        />
      ))}
      {goals && shown.length === 0 && <p class="faint">Nothing covered yet this year.</p>}
    </section>
  );
}

interface GoalProps {
  group: GoalGroup;
  progress: ProgressFragment;
  onChange: (target: number) => void;
}

function Goal({ group, progress, onChange }: GoalProps) {
  const { units } = usePreferences();
  const [editing, edit] = useState(false);
  const { done, target, share, expected, projected } = progress;
  const words = (meters: number) => inWords(distance(meters, units));
  const ahead = done - expected;
  return (
    <div class="goal">
      <div class="row">
        <h3>{groupNames[group]}</h3>
        <p class="number">
          <strong>{words(done)}</strong> of {words(target)}
        </p>
        <button type="button" class="link" aria-expanded={editing} onClick={() => edit(!editing)}>
          Change<span class="unseen"> the goal for {groupNames[group].toLowerCase()}</span>
        </button>
      </div>
      {editing && (
        <TargetForm
          group={group}
          target={target}
          onChange={(meters) => {
            onChange(meters);
            edit(false);
          }}
        />
      )}
      <Bar group={group} share={share} expected={expected / target} />
      <p class="faint">
        {percent(share)} · {words(Math.abs(ahead))} {ahead < 0 ? 'behind' : 'ahead of'} an even pace · on course for{' '}
        {words(projected)}
      </p>
    </div>
  );
}

/** How far it is, with a mark where an even pace would be now. */
function Bar({ group, share, expected }: { group: GoalGroup; share: number; expected: number }) {
  return (
    <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect class="ground" width="100" height="8" />
      <rect class={`fill-${group}`} width={Math.min(1, share) * 100} height="8" />
      <path class="mark" d={`M${Math.min(1, expected) * 100} 0v8`} />
    </svg>
  );
}

function TargetForm({
  group,
  target,
  onChange,
}: {
  group: GoalGroup;
  target: number;
  onChange: (target: number) => void;
}) {
  const { units } = usePreferences();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const entered = Number(new FormData(event.currentTarget as HTMLFormElement).get('target'));
    onChange(entered * units.long);
  };
  return (
    <form class="target" onSubmit={submit}>
      <label for={`target-${group}`}>{units.system === 'METRIC' ? 'Kilometres' : 'Miles'} this year</label>
      <input
        id={`target-${group}`}
        name="target"
        type="number"
        min="1"
        max="100000"
        step="1"
        required
        value={Math.round(target / units.long)}
      />
      <button type="submit">Set</button>
    </form>
  );
}

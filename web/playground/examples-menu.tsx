import { DropdownMenu, useGraphiQL, useGraphiQLActions } from '@graphiql/react';

import type { Example } from './examples';

/** Opens an example in a tab of its own, so that nothing of what was written is lost. */
export function ExamplesMenu({ examples }: { examples: Example[] }) {
  const { addTab } = useGraphiQLActions();
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  const open = ({ query, variables = '' }: Example) => {
    addTab();
    queryEditor?.setValue(query);
    variableEditor?.setValue(variables);
  };
  return (
    <DropdownMenu>
      <DropdownMenu.Button className="playground-examples">Examples</DropdownMenu.Button>
      <DropdownMenu.Content>
        {examples.map((example) => (
          <DropdownMenu.Item key={example.title} onSelect={() => open(example)}>
            {example.title}
          </DropdownMenu.Item>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu>
  );
}

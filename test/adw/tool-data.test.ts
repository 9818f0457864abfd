import { describe, expect, test } from 'vitest';
import { agentTypeOf, commandOf, exitCodeIn, replacementsOf, todoText } from '../../src/adw/tool-data.ts';

describe('what a call was given, by whatever names its program has', () => {
  test('is what an edit replaces', () => {
    const pair = [{ before: 'a', after: 'b' }];
    for (const input of [
      { file_path: 'x', old_string: 'a', new_string: 'b' },
      { filePath: 'x', oldString: 'a', newString: 'b' },
      { path: 'x', edits: [{ oldText: 'a', newText: 'b' }, null, 'c'] },
    ])
      expect(replacementsOf(input)).toEqual(pair);
    expect(replacementsOf({ file_path: 'x', old_string: 'a' })).toEqual([{ before: 'a', after: '' }]);
    expect(replacementsOf({ patchText: '*** Begin Patch' })).toEqual([]);
  });

  test('is a command, a sub-agent’s kind, and an item of a list', () => {
    expect([{ command: 'ls' }, { command: ['git', 'log'] }, { cmd: 'x' }, {}].map(commandOf)).toEqual([
      'ls',
      'git log',
      'x',
      undefined,
    ]);
    expect([{ subagent_type: 'a' }, { agent_name: 'b' }, {}].map(agentTypeOf)).toEqual(['a', 'b', undefined]);
    expect([{ content: 'a' }, { description: 'b' }, { step: 'c' }, 'd', null].map(todoText)).toEqual([
      'a',
      'b',
      'c',
      'd',
      '',
    ]);
  });

  test('and the exit code that its output names', () => {
    const said = [
      'Exit code 3\nno',
      'Command exited with code: 4',
      'no\n\nCommand exited with code 5',
      'it says Exit code 6',
      '',
    ];
    expect(said.map(exitCodeIn)).toEqual(['3', '4', '5', undefined, undefined]);
  });
});

import { asArray, asObject, asText, type JsonObject } from '../json.ts';
import { firstChars } from '../preview.ts';

/** One item of an agent's list, as `todo_update` carries it. */
export type TodoItem = {
  readonly content: string;
  /** `pending`, `in_progress`, `completed`, or whatever the agent's tool calls it. */
  readonly state: string;
  readonly active_form?: string;
  /** Only where the tool gives its items ids (TaskCreate, TaskUpdate). */
  readonly id?: string;
};

/** Items of a list that an event carries. */
export const ITEMS_MAX = 200;
/** Characters of an item. */
const ITEM_CHARS_MAX = 500;

/** The items of a list that a call gives whole. */
export function todoItems(list: unknown): TodoItem[] {
  return asArray(list)
    .slice(0, ITEMS_MAX)
    .map(asObject)
    .filter(todo => todo !== undefined)
    .map(todo => todoItem(todo, { content: '', state: 'pending' }));
}

/** `before` with what `fields` says anew. */
export function todoItem(fields: JsonObject, before: TodoItem): TodoItem {
  const content = asText(fields.content) ?? asText(fields.subject);
  const activeForm = asText(fields.activeForm);
  return {
    ...before,
    ...(content === undefined ? {} : { content: firstChars(content, ITEM_CHARS_MAX) }),
    ...(activeForm === undefined ? {} : { active_form: firstChars(activeForm, ITEM_CHARS_MAX) }),
    state: asText(fields.status) ?? before.state,
  };
}

import { asArray, asObject, asText, type JsonObject } from '../../json.ts';
import { firstChars } from '../../preview.ts';

/** One item of an agent's list, as `todo_update` carries it. */
export type TodoItem = {
  readonly content: string;
  /** `pending`, `in_progress`, `completed`, or whatever the agent's tool calls it. */
  readonly state: string;
  readonly active_form?: string;
  /** Only where the tool gives its items ids (TaskCreate, TaskUpdate). */
  readonly id?: string;
};

/** A call of one of the list tools that succeeded, with its result. */
export interface TodoCall {
  readonly name: string;
  readonly input: JsonObject;
  /** `tool_use_result` of the line. */
  readonly result: JsonObject | undefined;
  /** The result's text. */
  readonly output: string;
}

/** The list as the calls so far left it. */
export interface TodoList {
  /** Applies a call. @returns the whole list, or undefined when the call is not of a list tool */
  apply(call: TodoCall): readonly TodoItem[] | undefined;
}

/** Items of a list that an event carries. */
const ITEMS_MAX = 200;
/** Tasks remembered of one list; the ids come from the lines. Prevents a huge file from filling memory. */
const TASKS_MAX = 2_000;
/** Characters of an item. */
const ITEM_CHARS_MAX = 500;

/** An empty list. */
export function createTodoList(): TodoList {
  const tasks = new Map<string, TodoItem>();
  const all = (): TodoItem[] => [...tasks.values()].slice(0, ITEMS_MAX);
  const noteTask = (task: JsonObject | undefined): boolean => {
    const id = task?.id;
    if (task === undefined || typeof id !== 'string' || (tasks.size >= TASKS_MAX && !tasks.has(id))) return false;
    tasks.set(id, item(task, tasks.get(id) ?? { content: `Task ${firstChars(id, 100)}`, state: 'pending', id }));
    return true;
  };
  return {
    apply(call) {
      if (call.name === 'TodoWrite') return writtenItems(call);
      if (call.name === 'TaskCreate') {
        const id = createdId(call) ?? `${tasks.size + 1}`;
        tasks.set(id, item(call.input, { content: '', state: 'pending', id }));
        return all();
      }
      if (call.name === 'TaskUpdate') {
        const id = asText(call.input.taskId) ?? asText(call.input.task_id) ?? '';
        if (call.input.status === 'deleted') tasks.delete(id);
        else tasks.set(id, item(call.input, tasks.get(id) ?? { content: `Task ${id}`, state: 'pending', id }));
        return all();
      }
      if (call.name === 'TaskList' && Array.isArray(call.result?.tasks)) {
        tasks.clear();
        for (const task of call.result.tasks) noteTask(asObject(task));
        return all();
      }
      if (call.name === 'TaskGet' && noteTask(asObject(call.result?.task))) return all();
      return undefined;
    },
  };
}

/** TodoWrite gives the whole list each time: the result's `newTodos`, else the call's `todos`. */
function writtenItems({ input, result }: TodoCall): TodoItem[] {
  const todos = result !== undefined && Array.isArray(result.newTodos) ? result.newTodos : asArray(input.todos);
  return todos
    .slice(0, ITEMS_MAX)
    .map(asObject)
    .filter(todo => todo !== undefined)
    .map(todo => item(todo, { content: '', state: 'pending' }));
}

/** `before` with what `fields` says anew. */
function item(fields: JsonObject, before: TodoItem): TodoItem {
  const content = asText(fields.content) ?? asText(fields.subject);
  const activeForm = asText(fields.activeForm);
  return {
    ...before,
    ...(content === undefined ? {} : { content: firstChars(content, ITEM_CHARS_MAX) }),
    ...(activeForm === undefined ? {} : { active_form: firstChars(activeForm, ITEM_CHARS_MAX) }),
    state: asText(fields.status) ?? before.state,
  };
}

/** The id that TaskCreate's result gives, in its structure or as "Task #3 created…". */
function createdId({ result, output }: TodoCall): string | undefined {
  const id = asObject(result?.task)?.id;
  if (typeof id === 'string' || typeof id === 'number') return String(id);
  return /#([\w-]{1,40})/.exec(output.slice(0, 200))?.[1];
}

import { asObject, asText, type JsonObject } from '../../json.ts';
import { firstChars } from '../../preview.ts';
import { ITEMS_MAX, type TodoItem, todoItem, todoItems } from '../../session/todos.ts';

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

/** Tasks remembered of one list; the ids come from the lines. Prevents a huge file from filling memory. */
const TASKS_MAX = 2_000;

/** An empty list. */
export function createTodoList(): TodoList {
  const tasks = new Map<string, TodoItem>();
  const all = (): TodoItem[] => [...tasks.values()].slice(0, ITEMS_MAX);
  const noteTask = (task: JsonObject | undefined): boolean => {
    const id = task?.id;
    if (task === undefined || typeof id !== 'string' || (tasks.size >= TASKS_MAX && !tasks.has(id))) return false;
    tasks.set(id, todoItem(task, tasks.get(id) ?? { content: `Task ${firstChars(id, 100)}`, state: 'pending', id }));
    return true;
  };
  return {
    apply(call) {
      // The whole list each time: as the result has it, else as the call does.
      if (call.name === 'TodoWrite') return todoItems(asListed(call.result?.newTodos) ?? call.input.todos);
      if (call.name === 'TaskCreate') {
        const id = createdId(call) ?? `${tasks.size + 1}`;
        tasks.set(id, todoItem(call.input, { content: '', state: 'pending', id }));
        return all();
      }
      if (call.name === 'TaskUpdate') {
        const id = asText(call.input.taskId) ?? asText(call.input.task_id) ?? '';
        if (call.input.status === 'deleted') tasks.delete(id);
        else tasks.set(id, todoItem(call.input, tasks.get(id) ?? { content: `Task ${id}`, state: 'pending', id }));
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

/** The id that TaskCreate's result gives, in its structure or as "Task #3 created…". */
function createdId({ result, output }: TodoCall): string | undefined {
  const id = asObject(result?.task)?.id;
  if (typeof id === 'string' || typeof id === 'number') return String(id);
  return /#([\w-]{1,40})/.exec(output.slice(0, 200))?.[1];
}

function asListed(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

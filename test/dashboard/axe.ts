import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Those of axe's rules about colours that hold unless a page asks for more. */
const COLOURS = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };

interface Finding {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/**
 * Serious and critical findings of axe on the page as it is, in words.
 * @param rules `colours`: those alone, on a page that was looked at whole in another theme, which changes nothing else
 */
export async function axeFindings(page: Page, rules: 'all' | 'colours' = 'all'): Promise<string[]> {
  if (!(await page.evaluate(`'axe' in globalThis`))) await page.evaluate(AXE);
  const options = { resultTypes: ['violations'], ...(rules === 'colours' && { runOnly: COLOURS }) };
  const violations = (await page.evaluate(
    `axe.run(document, ${JSON.stringify(options)}).then(result => result.violations)`,
  )) as Finding[];
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) => `${id}: ${nodes.map(node => `${node.html.slice(0, 200)} ${node.failureSummary}`).join('\n')}`,
    );
}

import { join } from 'node:path';

/** The UI fills its tables after it has drawn them. */
const settleMs = 1_500;

/** A history shows the summaries of its timers only when there is room. */
const wide = { width: 1_700, height: 1_060 };

/** Photographs each view; a view that does not show what it is for fails the command. */
export async function takePictures(browser, { apiUrl, uiUrl, states, folder }) {
  const workflows = `${uiUrl}/namespaces/default/workflows`;
  const view = async (name, address, { width = 1_300, height = 760, shows, act = async () => {} }) => {
    const page = await browser.newPage({
      viewport: { width, height },
      timezoneId: 'UTC',
      locale: 'en-GB',
    });
    await page.goto(address);
    await page.getByText(shows).filter({ visible: true }).first().waitFor({ timeout: 60_000 });
    await act(page);
    await page.waitForTimeout(settleMs);
    await page.screenshot({ path: join(folder, `${name}.png`) });
    await page.close();
    process.stdout.write(`docs/pictures/${name}.png\n`);
  };
  const of = ({ workflowId, runId }, part) => `${workflows}/${workflowId}/${runId}/${part}`;
  const list = (query) => `${workflows}?query=${encodeURIComponent(query)}`;

  await view('send-signal', of(states.running, 'history'), {
    height: 820,
    shows: 'More Actions',
    act: (page) => fillSignal(page, states.stageId),
  });
  await view('api-documentation', `${apiUrl}/docs`, { height: 900, shows: '/v1/tickets' });
  await view('ticket-list', list(`WorkflowType = 'ticket' AND ExecutionStatus = 'Running'`), {
    shows: states.running.workflowId,
  });
  await view('ticket-at-risk', list(`WorkflowType = 'ticket' AND SlaState = 'at_risk'`), {
    height: 560,
    shows: states.atRisk.workflowId,
  });
  await view('ticket-details', of(states.running, 'user-metadata'), { shows: 'Current Details' });
  await view('ticket-history', of(states.running, 'history'), {
    ...wide,
    shows: 'SLA warning',
  });
  await view('ticket-needs-operator', of(states.needsOperator, 'user-metadata'), {
    height: 900,
    shows: 'Current Details',
  });
  await view('ticket-refused-signal', of(states.refused, 'history'), {
    ...wide,
    shows: 'moveStage',
  });
  await view('ticket-reset', of(states.reset, 'history'), { ...wide, shows: 'Workflow Task Failed' });
  await view('ticket-terminated', of(states.terminated, 'history'), { ...wide, shows: 'TERMINATED' });
}

/** Opens the dialog and fills it in; nothing is sent. */
async function fillSignal(page, stageId) {
  await page.getByRole('button', { name: 'More Actions' }).filter({ visible: true }).first().click();
  await page.getByText('Send a Signal').filter({ visible: true }).first().click();
  const visible = (locator) => locator.filter({ visible: true }).first();
  // The page holds the dialog twice, once for narrow screens.
  await visible(page.locator('[data-testid=signal-select-button]')).click();
  await visible(page.getByText('moveStage', { exact: true })).click();
  await visible(page.locator('[role=dialog] .cm-content, dialog .cm-content')).click();
  await page.keyboard.insertText(JSON.stringify({ stageId, reason: 'customer called' }));
}

import { toProblem } from '../../api/problems';

it('of a connection that was lost, perhaps while it committed, does not say that nothing was changed', () => {
  const problem = toProblem(new Error('Connection terminated unexpectedly'), 'req_1');
  expect(problem).toMatchObject({ code: 'database_unavailable', retryable: true, retryAfterSeconds: 2 });
  expect(problem.detail).not.toMatch(/nothing was changed/);
});

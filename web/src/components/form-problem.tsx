import { ProblemText } from "./states.tsx";

/** Why the server refused a form, above its button. */
export function FormProblem({ error }: { error: Error | null }) {
  if (error === null) return null;
  return (
    <p className="bm-form-problem" role="alert">
      <ProblemText error={error} />
    </p>
  );
}

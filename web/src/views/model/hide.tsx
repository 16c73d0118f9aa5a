/** Takes a model or run out of tables, charts and what is best, or brings it back. */
import { useAnnotate, useSession } from "@/api/queries";
import { Icon } from "@/ui/icon";
import { say } from "@/ui/toast";

export function HideButton({ id, hidden }: { id: string; hidden: boolean }) {
  const session = useSession();
  const annotate = useAnnotate();
  if (!session.data?.can_change) return null;
  return (
    <button type="button" className="btn" onClick={() => annotate.mutate([{ targets: [id], kind: "hide", value: hidden ? null : "hidden" }], { onError: (error) => say(error.message, true) })}>
      <Icon name={hidden ? "show" : "hide"} /> {hidden ? "Unhide" : "Hide"}
    </button>
  );
}

/** What staff do with a conversation, sent to the server; what changed is fetched again. */
import type { ConversationAction } from "@api/__generated__/schema";
import { api, take } from "@api/client";
import { useMutation, useQueryClient } from "@tanstack/react-query";

export function useAct(customer: string, conversation: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (actions: ConversationAction[]) => {
      // One after the other: what a macro does last, such as closing, must come last.
      for (const body of actions) {
        await take(
          api.POST("/api/v1/customers/{id}/conversations/{conversation}/actions", {
            params: { path: { id: customer, conversation } },
            body,
          }),
        );
      }
    },
    onSettled: () =>
      Promise.all([
        cache.invalidateQueries({ queryKey: ["customer", customer] }),
        cache.invalidateQueries({ queryKey: ["inbox"] }),
        cache.invalidateQueries({ queryKey: ["desk"] }),
      ]),
  });
}

/**
 * A person's decision about a ticket that the reconciliation could not settle. `accept`: the object came from this upload; it
 * is recorded and its handlers run. `dismiss`: it did not; the ticket ends as `expired`. `look-again`: the next run of
 * the reconciliation queries the bucket again.
 * @category Records
 */
export type TicketDecision = 'accept' | 'dismiss' | 'look-again';

export const TICKET_DECISIONS: readonly TicketDecision[] = ['accept', 'dismiss', 'look-again'];

/** Carries decisions out. */
export interface TicketDecisions {
  /**
   * @param ticketId a UUID
   * @throws OssCallbackError see `OssUploadAudit.resolve`
   */
  carryOut(ticketId: string, decision: TicketDecision): Promise<void>;
}

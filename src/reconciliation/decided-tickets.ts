import type { DataSource } from 'typeorm';
import { OssCallbackError } from '../common/errors.js';
import { databaseError } from '../database/database-error.js';
import { EntitySql, queryReturning } from '../database/entity-sql.js';
import {
  OssUploadTicket,
  type OssUploadTicketStatus,
} from '../database/oss-upload-ticket.entity.js';
import { SqlParameters } from '../database/sql-parameters.js';
import type { TicketDecision, TicketDecisions } from '../records/ticket-decision.js';
import type { LostUploads } from './lost-uploads.js';
import { LEASE_SECONDS } from './overdue-tickets.js';

const DECIDABLE: Record<TicketDecision, readonly OssUploadTicketStatus[]> = {
  accept: ['ambiguous'],
  dismiss: ['ambiguous', 'unresolved'],
  'look-again': ['ambiguous', 'unresolved'],
};

/** Tickets about which a person decides. */
export class DecidedTickets implements TicketDecisions {
  private readonly tickets: EntitySql<OssUploadTicket>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly lost: Pick<LostUploads, 'accept'>,
  ) {
    this.tickets = new EntitySql(dataSource, OssUploadTicket);
  }

  async carryOut(ticketId: string, decision: TicketDecision): Promise<void> {
    if (decision === 'dismiss') await this.close(ticketId);
    else if (decision === 'look-again') await this.reopen(ticketId, decision, 0);
    else await this.accept(ticketId);
  }

  /** The ticket is leased, so that no reconciliation finds it ambiguous again meanwhile. */
  private async accept(ticketId: string): Promise<void> {
    const ticket = await this.reopen(ticketId, 'accept', LEASE_SECONDS);
    try {
      await this.lost.accept(ticket);
    } catch (error) {
      await this.change(ticketId, ['open'], 'ambiguous');
      throw error;
    }
  }

  private async close(ticketId: string): Promise<void> {
    const closed = await this.change(ticketId, DECIDABLE.dismiss, 'expired');
    if (!closed) throw await this.undecidable(ticketId, 'dismiss');
  }

  private async reopen(
    ticketId: string,
    decision: TicketDecision,
    leaseSeconds: number,
  ): Promise<OssUploadTicket> {
    const opened = await this.change(ticketId, DECIDABLE[decision], 'open', leaseSeconds);
    if (opened) return opened;
    throw await this.undecidable(ticketId, decision);
  }

  private async change(
    ticketId: string,
    from: readonly OssUploadTicketStatus[],
    status: OssUploadTicketStatus,
    leaseSeconds = 0,
  ): Promise<OssUploadTicket | undefined> {
    const { tickets } = this;
    const parameters = new SqlParameters();
    const lookup = `now() + ${leaseSeconds} * interval '1 second'`;
    const times =
      status === 'open' ? { closed: 'NULL', lookup } : { closed: 'now()', lookup: 'NULL' };
    try {
      const [row] = await queryReturning(
        this.dataSource,
        `UPDATE ${tickets.table} SET ${tickets.column('status')} = ${parameters.add(status)},
          ${tickets.column('closedAt')} = ${times.closed}, ${tickets.column('nextLookupAt')} = ${times.lookup}
        WHERE ${tickets.column('id')} = ${parameters.add(ticketId)}
          AND ${tickets.column('status')} = ANY (${parameters.add(from)})
        RETURNING *`,
        parameters.values,
      );
      return row && tickets.toEntity(row);
    } catch (error) {
      throw databaseError('The ticket could not be resolved.', error);
    }
  }

  private async undecidable(ticketId: string, decision: TicketDecision): Promise<OssCallbackError> {
    const ticket = await this.tickets.findOneBy('id', ticketId);
    return ticket
      ? new OssCallbackError(
          'INVALID_FILTER',
          `OssUploadAudit: the ticket is ${ticket.status}; "${decision}" is for tickets that are ${DECIDABLE[decision].join(' or ')}.`,
        )
      : new OssCallbackError('UPLOAD_NOT_FOUND', 'There is no such ticket.');
  }
}

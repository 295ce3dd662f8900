import {
  Controller,
  type MessageEvent,
  type OnModuleDestroy,
  Sse,
  UseGuards,
} from '@nestjs/common';
import { Observable, Subject, takeUntil } from 'rxjs';
import { CurrentUser } from '../session/current-user.decorator.js';
import { SessionGuard } from '../session/session.guard.js';
import { Forgeries } from './forgeries.js';
import { UploadTraces } from './upload-traces.js';

/** What happens to the user's uploads, as it happens: server-sent events `trace` and `forgery`, the kept ones first. */
@Controller('local/events')
@UseGuards(SessionGuard)
export class EventsController implements OnModuleDestroy {
  private readonly closing = new Subject<void>();

  constructor(
    private readonly traces: UploadTraces,
    private readonly forgeries: Forgeries,
  ) {}

  @Sse()
  watch(@CurrentUser() user: string): Observable<MessageEvent> {
    return new Observable<MessageEvent>((events) => {
      const send = (type: string) => (data: { object: string }) => {
        if (data.object.startsWith(`${user}/`)) events.next({ type, data });
      };
      this.traces.all().forEach(send('trace'));
      this.forgeries.all().forEach(send('forgery'));
      const stops = [this.traces.onStep(send('trace')), this.forgeries.onRefusal(send('forgery'))];
      return () => stops.forEach((stop) => stop());
    }).pipe(takeUntil(this.closing));
  }

  onModuleDestroy(): void {
    this.closing.next();
  }
}

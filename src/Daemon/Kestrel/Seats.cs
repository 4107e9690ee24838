using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace GaleraGate.Daemon.Kestrel;

/// <summary>
/// Limits the number of connections. A server that refuses new ones when all slots are taken lets the first clients
/// lock out all others. Here a new connection always gets a slot: the one that has waited longest without a request is
/// closed for it, or else the one whose answer has taken longest.
/// </summary>
internal sealed class Seats(int limit)
{
    private readonly Lock _lock = new();

    /// <summary>Connections without a request; the one that has waited longest comes first.</summary>
    private readonly LinkedList<ConnectionContext> _waiting = [];

    /// <summary>Connections with a request; the oldest comes first.</summary>
    private readonly LinkedList<ConnectionContext> _answered = [];

    /// <summary>A connection's slot; it is in no list once the slot was given away.</summary>
    private sealed record Seat(LinkedListNode<ConnectionContext> Place);

    /// <summary>Serves a connection, closing another one if there are too many.</summary>
    public async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var seat = Take(connection);
        connection.Features.Set(seat);
        try
        {
            await next(connection);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client has disconnected, or was disconnected.
        }
        finally
        {
            lock (_lock)
            {
                seat.Place.List?.Remove(seat.Place);
            }
        }
    }

    /// <summary>Answers a request of a connection that has a slot.</summary>
    public async Task AnswerAsync(IFeatureCollection features, Func<Task> answer)
    {
        var place = features.GetRequiredFeature<Seat>().Place;
        Move(place, _answered);
        try
        {
            await answer();
        }
        finally
        {
            Move(place, _waiting);
        }
    }

    private Seat Take(ConnectionContext connection)
    {
        LinkedListNode<ConnectionContext>? given;
        Seat seat;
        lock (_lock)
        {
            given = _waiting.Count + _answered.Count < limit ? null : _waiting.First ?? _answered.First;
            given?.List!.Remove(given);
            seat = new Seat(_waiting.AddLast(connection));
        }

        given?.Value.Abort(new ConnectionAbortedException("others wait for the place"));
        return seat;
    }

    private void Move(LinkedListNode<ConnectionContext> place, LinkedList<ConnectionContext> to)
    {
        lock (_lock)
        {
            if (place.List is { } from)
            {
                from.Remove(place);
                to.AddLast(place);
            }
        }
    }
}

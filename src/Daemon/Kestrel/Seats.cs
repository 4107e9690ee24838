using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace GaleraGate.Daemon.Kestrel;

/// <summary>
/// Who may be connected at once. A server that closes what comes when all places are taken lets whoever takes them
/// first keep everybody else out. Here
/// the newest always has a place: the one who has waited longest without a request makes room, or else whose answer has
/// taken longest.
/// </summary>
internal sealed class Seats(int limit)
{
    private readonly Lock _lock = new();

    /// <summary>Without a request under way; who has waited longest is first.</summary>
    private readonly LinkedList<ConnectionContext> _waiting = [];

    /// <summary>With one; the oldest is first.</summary>
    private readonly LinkedList<ConnectionContext> _answered = [];

    /// <summary>A connection's place; it stands in no list any more once it was given away.</summary>
    private sealed record Seat(LinkedListNode<ConnectionContext> Place);

    /// <summary>Serves a connection, at the cost of another if there are too many.</summary>
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
            // It has gone, or had to.
        }
        finally
        {
            lock (_lock)
            {
                seat.Place.List?.Remove(seat.Place);
            }
        }
    }

    /// <summary>Answers a request of a connection that has a place.</summary>
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

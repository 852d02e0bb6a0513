function _act_completion
    set -l before (commandline -cp)
    set -l after (string sub --start (math (string length -- "$before") + 1) -- (commandline -p))
    set -l answer (_ACT_BEFORE="$before" _ACT_AFTER="$after" \
        _ACT_COMPLETE=fish_complete act 2>/dev/null)
    for line in $answer
        set -l parts (string split --max 1 \t -- $line)
        if test $parts[1] = file
            set -l option (string match --regex '^--[\w-]+=' -- (commandline -ct))
            for path in (__fish_complete_path (string replace -- "$option" '' (commandline -ct)))
                echo -- "$option"$path
            end
        else
            echo -- $parts[2]
        end
    end
end

complete --command act --no-files --keep-order --arguments '(_act_completion)'

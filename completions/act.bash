_act_completion() {
    local kind value
    COMPREPLY=()
    while IFS=$'\t' read -r kind value; do
        case $kind in
            file) compopt -o default 2>/dev/null ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done < <(
        export COMP_LINE COMP_POINT COMP_WORDBREAKS
        _ACT_COMPLETE=bash_complete "${1/#\~/$HOME}" 2>/dev/null
    )
}

complete -o nosort -F _act_completion act 2>/dev/null ||
    complete -o default -F _act_completion act
